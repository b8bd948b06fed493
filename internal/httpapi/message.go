package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"wangge/internal/httpapi/api"
	"wangge/internal/message"
)

// ListMessages handles GET /api/v1/workers/{id}/messages.
func (h *handlers) ListMessages(c echo.Context, id api.WorkerID, params api.ListMessagesParams) error {
	return answerMessages(c)(h.Messages.ToWorker(c.Request().Context(), principal(c), id, limitOf(params.Limit)))
}

// ListMyMessages handles GET /api/v1/me/messages.
func (h *handlers) ListMyMessages(c echo.Context, params api.ListMyMessagesParams) error {
	return answerMessages(c)(h.Messages.Own(c.Request().Context(), principal(c), limitOf(params.Limit)))
}

func answerMessages(c echo.Context) func([]message.Message, error) error {
	return func(list []message.Message, err error) error {
		if err != nil {
			return err
		}
		c.Response().Header().Set("Cache-Control", "no-store")
		return c.JSON(http.StatusOK, api.MessageList{Items: views(list, message.Message.View)})
	}
}

// SendMessage handles POST /api/v1/workers/{id}/messages.
func (h *handlers) SendMessage(c echo.Context, id api.WorkerID, _ api.SendMessageParams) error {
	var body api.SendMessageJSONRequestBody
	if err := decode(c, &body); err != nil {
		return err
	}
	m, err := h.Messages.Send(c.Request().Context(), principal(c), id, body.Text)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, m.View())
}

// ConfirmMessage handles POST /api/v1/me/messages/{id}/receipt.
func (h *handlers) ConfirmMessage(c echo.Context, id int64, _ api.ConfirmMessageParams) error {
	var body api.ConfirmMessageJSONRequestBody
	if err := decode(c, &body); err != nil {
		return err
	}
	m, err := h.Messages.Confirm(c.Request().Context(), principal(c), id, message.Receipt(body.State))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, m.View())
}
