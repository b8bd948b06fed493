package testenv_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"wangge/internal/testenv"
)

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) }) //nolint:errcheck // the server may be gone
	return conn
}

func TestPostgresGivesEachTestAnEmptyDatabase(t *testing.T) {
	for _, name := range []string{"first", "second"} {
		t.Run(name, func(t *testing.T) {
			conn := connect(t, testenv.Postgres(t))
			var tables int
			err := conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace`).Scan(&tables)
			if err != nil || tables != 0 {
				t.Fatalf("%d tables, %v", tables, err)
			}
			if _, err := conn.Exec(t.Context(), `CREATE TABLE grid (id int)`); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestPostgresServerKeepsWhatWasCommitted(t *testing.T) {
	server := testenv.PostgresServer(t)
	if _, err := connect(t, server.URL()).Exec(t.Context(), `CREATE TABLE fix AS SELECT 371402 AS district`); err != nil {
		t.Fatal(err)
	}
	server.Kill()
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	var district int
	if err := connect(t, server.URL()).QueryRow(t.Context(), `SELECT district FROM fix`).Scan(&district); err != nil || district != 371402 {
		t.Fatalf("%d, %v", district, err)
	}
}

func TestRedisComesBackEmptyOnTheSameURL(t *testing.T) {
	server := testenv.Redis(t)
	options, err := redis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer client.Close()
	if err := client.Set(t.Context(), "worker", "7", 0).Err(); err != nil {
		t.Fatal(err)
	}
	server.Kill()
	if err := client.Get(t.Context(), "worker").Err(); err == nil {
		t.Fatal("a killed Redis answered")
	}
	server.Restart()
	if err := client.Get(t.Context(), "worker").Err(); err != redis.Nil {
		t.Fatalf("after the restart: %v, want redis.Nil", err)
	}
}
