// Package identity knows who is who: accounts, roles, rights, and the area that each may see.
//
// Rights are what routes ask for, roles are bundles of rights, and the scope is an area code. Area codes are hierarchical
// (district 6 digits, subdistrict 9, community 12, grid 16), so "lies in the scope" is "has the scope as prefix".
package identity

import (
	"slices"
	"strings"
	"time"
)

// Role is what an account is for.
type Role string

// The roles of mission.md.
const (
	Operator      Role = "operator"      // 值班员
	Dispatcher    Role = "dispatcher"    // 受理员/派遣员
	Leader        Role = "leader"        // 领导
	GridWorker    Role = "grid_worker"   // 网格员/网格长
	Community     Role = "community"     // 社区工作人员
	Department    Role = "department"    // 部门工作人员
	Administrator Role = "administrator" // 管理员
)

// Roles lists every role once, in the order in which they are shown.
var Roles = []Role{Operator, Dispatcher, Leader, GridWorker, Community, Department, Administrator}

// Right is one thing that a route may ask for.
type Right string

// The rights. Public routes ask for none; every other route names exactly one.
const (
	SessionOwn     Right = "session.own"     // see and end one's own session
	AreaRead       Right = "area.read"       // areas, buildings, facilities, tiles
	WorkerRead     Right = "worker.read"     // names, posts and shifts of workers in scope
	WorkerContact  Right = "worker.contact"  // a worker's phone number in full; every look is recorded
	MessageSend    Right = "message.send"    // send texts to workers in scope, see what became of them
	MessageOwn     Right = "message.own"     // read and confirm the texts sent to one's own worker
	PositionRead   Right = "position.read"   // live positions of workers in scope
	TrackRead      Right = "track.read"      // where a worker was during a shift; every look is recorded
	WorkerManage   Right = "worker.manage"   // create and change workers
	ShiftOwn       Right = "shift.own"       // begin and end one's own shift
	ShiftManage    Right = "shift.manage"    // rosters of others in scope
	PositionReport Right = "position.report" // send one's own fixes with a session
	IncidentRead   Right = "incident.read"
	IncidentReport Right = "incident.report"
	IncidentMove   Right = "incident.move" // dispatch, handle, close; the transition map decides which
	DeviceManage   Right = "device.manage"
	AccountManage  Right = "account.manage"
	AuditRead      Right = "audit.read"
	LiveConnect    Right = "live.connect" // open the live stream; what it carries depends on the other rights
)

var grants = map[Role][]Right{
	Operator:      {SessionOwn, AreaRead, WorkerRead, WorkerContact, MessageSend, PositionRead, TrackRead, IncidentRead, IncidentReport, IncidentMove, LiveConnect},
	Dispatcher:    {SessionOwn, AreaRead, WorkerRead, WorkerContact, MessageSend, PositionRead, TrackRead, ShiftManage, IncidentRead, IncidentReport, IncidentMove, LiveConnect},
	Leader:        {SessionOwn, AreaRead, WorkerRead, PositionRead, IncidentRead, LiveConnect},
	GridWorker:    {SessionOwn, AreaRead, MessageOwn, ShiftOwn, PositionReport, IncidentRead, IncidentReport, IncidentMove, LiveConnect},
	Community:     {SessionOwn, AreaRead, WorkerRead, WorkerContact, MessageSend, PositionRead, ShiftManage, IncidentRead, IncidentReport, IncidentMove, LiveConnect},
	Department:    {SessionOwn, AreaRead, IncidentRead, IncidentMove, LiveConnect},
	Administrator: {SessionOwn, AreaRead, WorkerRead, WorkerManage, ShiftManage, DeviceManage, AccountManage, AuditRead, IncidentRead, LiveConnect},
}

// RightsOf lists what a role may, in a fixed order. The slice is the caller's.
func RightsOf(r Role) []Right { return slices.Clone(grants[r]) }

// Account is a person (or a service) that signs in.
type Account struct {
	ID          int64
	Name        string // what is typed at sign-in; lower case, unique
	DisplayName string
	Role        Role
	Scope       string // area code
	WorkerID    int32  // the worker this account belongs to; 0 for none
	Disabled    bool
	MustChange  bool      // the password is known to somebody else: nothing may be done before it is changed
	LastSignIn  time.Time // zero when nobody ever did
	CreatedAt   time.Time
	Version     int64
}

// Principal is who is asking, for the length of one request or connection.
type Principal struct {
	AccountID   int64
	Name        string
	DisplayName string
	Role        Role
	Scope       string // area code; sees this area and all below
	WorkerID    int32  // 0 for none
	MustChange  bool   // the password must be changed first
}

// May tells whether the principal's role has the right. No right is implied by another. Whoever must change the password may do nothing
// but that: see the own session, change the password, sign out.
func (p Principal) May(r Right) bool {
	return slices.Contains(grants[p.Role], r) && (!p.MustChange || r == SessionOwn)
}

// Rights lists what the principal may, in a fixed order. The slice is the caller's.
func (p Principal) Rights() []Right {
	return slices.DeleteFunc(RightsOf(p.Role), func(r Right) bool { return !p.May(r) })
}

// Sees tells whether an area (by its code) lies in the principal's scope. An empty code lies in no scope, and a principal without a
// scope sees nothing.
func (p Principal) Sees(area string) bool {
	return p.Scope != "" && strings.HasPrefix(area, p.Scope)
}
