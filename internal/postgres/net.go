package postgres

import (
	"errors"
	"io"
	"io/fs"
	"net"
)

// isNetwork tells whether the connection broke under an operation.
func isNetwork(err error) bool {
	var op net.Error
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &op)
}

func mustSub(fsys fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(fsys, dir)
	if err != nil {
		panic(err) // the folder is embedded: a missing one is a broken build
	}
	return sub
}
