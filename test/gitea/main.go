// Command gitea is Gitea's own, for the tests: what is said to a forge is said to a real one. Its database is SQLite
// as it is translated to Go, so that no C compiler is needed to build it.
package main

import (
	"database/sql"
	"database/sql/driver"
	"os"
	"strings"

	"code.gitea.io/gitea/cmd"
	"code.gitea.io/gitea/modules/log"
	"code.gitea.io/gitea/modules/setting"
	"modernc.org/sqlite"

	// What shows Markdown is asked by the code that reads a repository's README.
	_ "code.gitea.io/gitea/modules/markup/markdown"

	"github.com/urfave/cli/v3"
)

// version is that of the module in go.mod, set by the build.
var version = "development"

// translatedSQLite takes the data source name that Gitea writes for the driver in C.
type translatedSQLite struct{ sqlite.Driver }

// A database of a test run needs not survive the machine: nothing waits for the disk.
const parameters = "?_txlock=immediate" +
	"&_pragma=busy_timeout(20000)&_pragma=journal_mode(wal)&_pragma=synchronous(off)"

func (d *translatedSQLite) Open(name string) (driver.Conn, error) {
	file, _, _ := strings.Cut(name, "?")
	return d.Driver.Open(file + parameters)
}

func init() {
	sql.Register("sqlite3", &translatedSQLite{})
	setting.EnableSQLite3 = true
	setting.SupportedDatabaseTypes = append(setting.SupportedDatabaseTypes, "sqlite3")
	setting.AppVer = version
}

func main() {
	cli.OsExiter = func(code int) {
		log.GetManager().Close()
		os.Exit(code)
	}
	_ = cmd.RunMainApp(cmd.NewMainApp(cmd.AppVersion{Version: version}), os.Args...)
	log.GetManager().Close()
}
