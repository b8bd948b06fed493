package main

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"

	"github.com/alecthomas/kong"

	"wangge/internal/identity"
	"wangge/internal/postgres"
)

// MigrateCmd brings a database to this version.
type MigrateCmd struct {
	DatabaseFlag
	Admin    string `help:"Make an administrator of this name, if there is none yet; the password is printed once." placeholder:"NAME"`
	Password string `help:"The administrator's password, instead of a generated one." env:"WANGGE_ADMIN_PASSWORD" placeholder:"PASSWORD"`
	Scope    string `help:"The administrator's area: a statistical code." default:"371402"`
}

// Run migrates and, if asked, makes the first administrator.
func (c *MigrateCmd) Run(ctx context.Context, k *kong.Context) error {
	db, err := postgres.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	have, _, err := db.SchemaVersions(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(k.Stdout, "The database is at version %d.\n", have)
	if c.Admin == "" {
		return nil
	}
	return c.makeAdministrator(ctx, k, db)
}

func (c *MigrateCmd) makeAdministrator(ctx context.Context, k *kong.Context, db *postgres.DB) error {
	service, err := identity.New(postgres.Identity{DB: db}, identity.Options{})
	if err != nil {
		return err
	}
	password := c.Password
	if password == "" {
		password = generatedPassword()
	}
	created, err := service.EnsureAccount(ctx, identity.NewAccount{
		Name: c.Admin, DisplayName: c.Admin, Role: identity.Administrator, Scope: c.Scope, Password: password,
	})
	switch {
	case err != nil:
		return err
	case !created:
		fmt.Fprintf(k.Stdout, "There is an account %q already; nothing was changed.\n", c.Admin)
	case c.Password != "":
		fmt.Fprintf(k.Stdout, "Administrator %q was made.\n", c.Admin)
	default:
		fmt.Fprintf(k.Stdout, "Administrator %q was made. The password, shown only now: %s\n", c.Admin, password)
	}
	return nil
}

// generatedPassword has 100 bits of chance in letters that cannot be misread.
func generatedPassword() string {
	var b [15]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return base32.StdEncoding.EncodeToString(b[:])[:20]
}
