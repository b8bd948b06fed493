package pgserver

import (
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
)

const (
	maxLog  = 8 << 20 // bytes of postgres.log before it becomes postgres.log.1
	maxTail = 4 << 10 // bytes of the newest output kept for error messages
)

// logFile is the server's log: two files of limited size. It remembers the newest lines of this run.
type logFile struct {
	dir   *dataDir
	limit int64 // bytes

	mu   sync.Mutex
	file *os.File
	size int64
	tail []byte
}

func openLog(dir *dataDir, limit int64) (*logFile, error) {
	l := &logFile{dir: dir, limit: limit}
	return l, l.open()
}

func (l *logFile) open() error {
	file, err := l.dir.root.OpenFile(logName, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil {
		err = l.dir.give(logName)
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	l.file, l.size = file, info.Size()
	return nil
}

// pump copies what the server says until its last process is gone. It never stops reading: a server whose log nobody reads would stand
// still. What cannot be written (a full disk) is dropped.
func (l *logFile) pump(from io.ReadCloser) {
	defer from.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		l.write(buffer[:n])
		if err != nil {
			l.close()
			return
		}
	}
}

func (l *logFile) write(text []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tail = append(l.tail, text...)
	l.tail = l.tail[max(0, len(l.tail)-maxTail):]
	if l.size+int64(len(text)) > l.limit {
		l.rotate()
	}
	if l.file == nil {
		return
	}
	n, _ := l.file.Write(text) // a full disk must not stop the server's log from being read
	l.size += int64(n)
}

// rotate keeps the present file as the older one. When no new file can be opened, the log ends here.
func (l *logFile) rotate() {
	if l.file == nil {
		return
	}
	l.file.Close() //nolint:errcheck // nothing can be done about a log
	l.file = nil
	if l.dir.root.Rename(logName, logName+".1") == nil {
		l.open() //nolint:errcheck // then the file stays nil
	}
}

func (l *logFile) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		l.file.Close() //nolint:errcheck // nothing can be done about a log
		l.file = nil
	}
}

// said tells whether the newest output contains a text.
func (l *logFile) said(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(string(l.tail), text)
}

// linePrefix is the time and the process before what a line says.
var linePrefix = regexp.MustCompile(`^.*? (LOG|WARNING|ERROR|FATAL|PANIC|DETAIL|HINT): +`)

// complaint is the newest few lines, without their prefixes, as one: PostgreSQL tells the reason before it says FATAL, and what to do
// about it after.
func (l *logFile) complaint() string {
	const newest = 4
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(l.tail)), "\n")
	lines = lines[max(0, len(lines)-newest):]
	for i, line := range lines {
		lines[i] = linePrefix.ReplaceAllString(line, "$1: ")
	}
	return strings.Join(lines, "; ")
}
