package seed

import (
	"context"
	"fmt"
	"strings"
	"time"

	"wangge/internal/client"
)

// The staff numbers of the demonstration's own phone, and of the worker whom the account "worker" belongs to: nobody simulates them.
const (
	phoneCode = "DEMO-PHONE"
	appCode   = "DEMO-APP"
)

// people saves the workers that are missing, and a device for every worker that has none.
func (f *filling) people(ctx context.Context) error {
	if err := f.readWorkers(ctx); err != nil {
		return err
	}
	wanted := plan(f.grids, f.Workers, f.Seed)
	if !f.PeopleOnly {
		centre := f.grids[len(f.grids)/2].Code
		wanted = append(wanted,
			person{phoneCode, PhoneName, "19900000000", client.DutyGridWorker, centre},
			person{appCode, "体验网格员", "19900000000", client.DutyGridWorker, centre})
	}
	if err := f.saveWorkers(ctx, wanted); err != nil {
		return err
	}
	if err := f.readDevices(ctx); err != nil {
		return err
	}
	return f.saveDevices(ctx, wanted)
}

func (f *filling) readWorkers(ctx context.Context) error {
	f.workers = nil
	return pages(func(after string) (string, error) {
		answer, err := f.admin.ListWorkersWithResponse(ctx, &client.ListWorkersParams{Limit: new(client.Limit(page)), After: &after})
		if err := client.Check(answer, err); err != nil {
			return "", fmt.Errorf("reading the workers: %w", err)
		}
		f.workers = append(f.workers, answer.JSON200.Items...)
		return answer.JSON200.Next, nil
	})
}

func (f *filling) saveWorkers(ctx context.Context, wanted []person) error {
	there := f.byCode()
	var body client.SaveWorkers
	for _, p := range wanted {
		if _, ok := there[p.code]; ok {
			continue
		}
		body.Workers = append(body.Workers, client.WorkerSpec{Area: p.area, Code: p.code, Demo: true, Duty: p.duty, Name: p.name, Phone: p.phone})
	}
	return f.inBulk("workers", len(body.Workers), func(from, to int) error {
		answer, err := f.admin.SaveWorkersWithResponse(ctx, nil, client.SaveWorkers{Workers: body.Workers[from:to]})
		if err := client.Check(answer, err); err != nil {
			return err
		}
		f.workers = append(f.workers, answer.JSON200.Items...)
		return nil
	})
}

func (f *filling) byCode() map[string]client.Worker {
	there := make(map[string]client.Worker, len(f.workers))
	for _, w := range f.workers {
		there[w.Code] = w
	}
	return there
}

func (f *filling) readDevices(ctx context.Context) error {
	return pages(func(after string) (string, error) {
		answer, err := f.admin.ListDevicesWithResponse(ctx, &client.ListDevicesParams{Limit: new(client.Limit(page)), After: &after})
		if err := client.Check(answer, err); err != nil {
			return "", fmt.Errorf("reading the devices: %w", err)
		}
		f.devices = append(f.devices, answer.JSON200.Items...)
		return answer.JSON200.Next, nil
	})
}

// saveDevices gives a phone to every one of the people who has none; the demonstration's own phone gets both its ids, and the account
// "worker" reports by itself.
func (f *filling) saveDevices(ctx context.Context, wanted []person) error {
	used, has := make(map[string]bool), make(map[int32]bool)
	for _, d := range f.devices {
		used[d.Uid], has[d.WorkerId] = true, true
	}
	there := f.byCode()
	var body client.SaveDevices
	add := func(uid string, w client.Worker) {
		body.Devices = append(body.Devices, client.DeviceSpec{Name: w.Name, Uid: uid, WorkerId: w.Id})
		used[uid] = true
	}
	for i, p := range wanted {
		switch w := there[p.code]; {
		case p.code == phoneCode:
			for _, uid := range PhoneUIDs {
				if !used[uid] {
					add(uid, w)
				}
			}
		case p.code != appCode && !has[w.Id]:
			add(unusedUID(i, used), w)
		}
	}
	return f.inBulk("devices", len(body.Devices), func(from, to int) error {
		answer, err := f.admin.SaveDevicesWithResponse(ctx, nil, client.SaveDevices{Devices: body.Devices[from:to]})
		return client.Check(answer, err)
	})
}

// unusedUID is what the phone of the i-th worker calls itself: mostly an IMEI of a made-up series, for every eighth the user and device
// that OwnTracks sends.
func unusedUID(i int, used map[string]bool) string {
	for n := i + 1; ; n += 100_000 {
		uid := fmt.Sprintf("860000000%06d", 100_000+n)
		if i%8 == 7 {
			uid = fmt.Sprintf("wg%06d/phone", n)
		}
		if !used[uid] {
			return uid
		}
	}
}

// ownPhone puts the demonstration's own phone on shift, for good, unless it is.
func (f *filling) ownPhone(ctx context.Context, now time.Time) error {
	phone := f.byCode()[phoneCode]
	from := now.Truncate(time.Second).UTC()
	wanted := map[int32][]span{phone.Id: {{from: from}}}
	if err := f.addShifts(ctx, wanted, from, now); err != nil {
		return fmt.Errorf("putting %s on shift: %w", strings.Join(PhoneUIDs, ", "), err)
	}
	return nil
}
