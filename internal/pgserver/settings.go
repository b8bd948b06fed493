package pgserver

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// settingsName is the file with this package's settings, included by postgresql.conf; what an administrator sets with ALTER SYSTEM goes
// over it.
const settingsName = "wangge.conf"

// DefaultSettings are for a small machine that runs other things too, and for data that must survive a power cut.
func DefaultSettings() map[string]string {
	return map[string]string{
		"fsync":              "on",
		"synchronous_commit": "on",
		"full_page_writes":   "on",

		"max_connections":      "100",
		"shared_buffers":       "256MB",
		"effective_cache_size": "1GB",
		"work_mem":             "8MB",
		"maintenance_work_mem": "128MB",
		"random_page_cost":     "1.1", // solid-state disks
		"jit":                  "off", // queries are short; compiling them costs more than it saves

		"wal_compression":    "on", // positions compress well, and full pages after a checkpoint are most of the log
		"max_wal_size":       "2GB",
		"checkpoint_timeout": "15min",

		"password_encryption": "scram-sha-256",
		"timezone":            "UTC",
		"log_timezone":        "UTC",
		"log_line_prefix":     "%m [%p] ",
		"log_checkpoints":     "off",
		"log_lock_waits":      "on",
		"logging_collector":   "off", // this package writes and bounds the log
		"cluster_name":        "wangge",
	}
}

var settingKey = regexp.MustCompile(`^[a-z_][a-z0-9_.]*$`)

// writeSettings writes the defaults with the wanted ones over them.
func (d *dataDir) writeSettings(wanted map[string]string) error {
	all := DefaultSettings()
	maps.Copy(all, wanted)
	var text strings.Builder
	text.WriteString("# Written at every start of wangge. Put settings of your own into postgresql.conf below the include, or use ALTER SYSTEM.\n")
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if !settingKey.MatchString(key) {
			return fmt.Errorf("%q is no name of a PostgreSQL setting", key)
		}
		fmt.Fprintf(&text, "%s = '%s'\n", key, strings.ReplaceAll(all[key], "'", "''"))
	}
	if err := d.write(filepath.Join(clusterName, settingsName), text.String()); err != nil {
		return fmt.Errorf("writing settings: %w", err)
	}
	return nil
}

// includeSettings makes postgresql.conf of a new data directory read the file of writeSettings.
func (d *dataDir) includeSettings(cluster string) error {
	file, err := d.root.OpenFile(filepath.Join(cluster, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("writing settings: %w", err)
	}
	_, err = fmt.Fprintf(file, "\ninclude_if_exists = '%s'\n", settingsName)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("writing settings: %w", err)
	}
	return nil
}
