package main

import (
	"context"
	"fmt"

	"wangge/internal/postgres"
)

// ServeCmd serves the platform on a PostgreSQL that is there.
type ServeCmd struct {
	DatabaseFlag
	ServerConfig
	InsecureCookies bool `help:"Let browsers sign in over plain HTTP: for trials on a local network only." env:"WANGGE_INSECURE_COOKIES"`
	NoMigrate       bool `help:"Don't bring the database to this version; end if it is older." env:"WANGGE_NO_MIGRATE"`
}

// Run serves until it is told to stop.
func (c *ServeCmd) Run(ctx context.Context) error {
	c.ServerConfig.insecureCookies = c.InsecureCookies
	db, err := postgres.Open(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := c.prepare(ctx, db); err != nil {
		return err
	}
	n, err := startNode(ctx, c.ServerConfig, db)
	if err != nil {
		return err
	}
	if err := writePortFile(c.PortFile, n.address()); err != nil {
		return err
	}
	return n.run(ctx)
}

func (c *ServeCmd) prepare(ctx context.Context, db *postgres.DB) error {
	if !c.NoMigrate {
		return db.Migrate(ctx)
	}
	have, want, err := db.SchemaVersions(ctx)
	if err != nil {
		return err
	}
	if have < want {
		return fmt.Errorf(`the database is at version %d, this program needs %d: run "wangge migrate"`, have, want)
	}
	return nil
}
