// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package exporter

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert"
)

// FindingCode names what a [Finding] is about. Codes are stable.
type FindingCode string

// What [Exporter.Diagnose] finds. Those at the end are the reasons of drops of
// the same name, and count spans.
const (
	// FindingSpanNotEnded counts spans that had not ended when their session was
	// sent because it had waited for them too long, or at shutdown.
	FindingSpanNotEnded FindingCode = "span_not_ended"
	// FindingRootMissing counts sessions whose root never came.
	FindingRootMissing FindingCode = "root_missing"
	// FindingToolWithoutResult counts calls of tools that ended well and have no
	// result.
	FindingToolWithoutResult FindingCode = "tool_without_result"
	// FindingTracedTwice counts calls of models that two instrumentations traced.
	FindingTracedTwice FindingCode = "traced_twice"
	// FindingAttributesDropped counts spans of which the OpenTelemetry SDK
	// dropped attributes.
	FindingAttributesDropped FindingCode = "attributes_dropped"
	// FindingValueCut counts spans with an attribute that should be JSON and is
	// not, as after a limit of the OpenTelemetry SDK.
	FindingValueCut FindingCode = "value_not_json"
	// FindingPayloadCut counts spans and sessions that were cut because their
	// payload was too large.
	FindingPayloadCut FindingCode = "payload_cut"
	// FindingReleasedEarly counts sessions that were sent before they were
	// complete, to make room.
	FindingReleasedEarly FindingCode = "released_early"
	// FindingNoModel counts sessions that call a model and do not name one.
	FindingNoModel FindingCode = "no_model"
	// FindingNoUsage counts sessions that call a model and do not say how many
	// tokens were used.
	FindingNoUsage FindingCode = "no_usage"

	FindingIntakeFull       = FindingCode(DropIntakeFull)
	FindingQueueFull        = FindingCode(DropQueueFull)
	FindingRejected         = FindingCode(DropRejected)
	FindingRetriesExhausted = FindingCode(DropRetriesExhausted)
	FindingDuplicate        = FindingCode(DropDuplicate)
	FindingLate             = FindingCode(DropLate)
)

// findings are all there are, in the order in which they are told: what was
// found, of one and of several, and what to do.
var findings = [...]struct {
	code      FindingCode
	one, many string
	advice    string
}{
	{
		FindingSpanNotEnded, "span had not ended when its session was sent", "spans had not ended when their sessions were sent",
		"end every span, with defer where you can, and before the provider is shut down; where one takes this long, raise exporter.WithLeakTimeout",
	},
	{
		FindingRootMissing, "session came without the span above it", "sessions came without the spans above them",
		"wrap the provider's sampler in exporter.Sampler, use exporter.NewSpanProcessor, and one provider for a session and all below it",
	},
	{
		FindingToolWithoutResult, "call of a tool has no result", "calls of tools have no result",
		"record what the tool returned with tracer.RunTool or Tracer.AddToolResult, or its error",
	},
	{
		FindingTracedTwice, "call of a model was traced by two instrumentations", "calls of models were traced by two instrumentations",
		"turn one of them off, or do not trace by hand what a provider's SDK traces",
	},
	{
		FindingAttributesDropped, "span lost attributes to a limit of the OpenTelemetry SDK", "spans lost attributes to a limit of the OpenTelemetry SDK",
		"raise OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, or set fewer: messages are one attribute",
	},
	{
		FindingValueCut, "span has an attribute that should be JSON and is not", "spans have attributes that should be JSON and are not",
		"unset OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT, or use package tracer with exporter.NewSpanProcessor, which it does not cut",
	},
	{
		FindingPayloadCut, "span or session was cut to the size of a payload", "spans and sessions were cut to the size of a payload",
		"raise exporter.WithMaxPayloadBytes as far as the collector takes it, or send files by reference",
	},
	{
		FindingReleasedEarly, "session was sent before it was complete, to make room", "sessions were sent before they were complete, to make room",
		"raise exporter.WithMaxHeld, or end sessions sooner",
	},
	{
		FindingNoModel, "session calls a model and does not name it", "sessions call a model and do not name it",
		"name it with tracer.Model or the attribute " + string(contracts.ModelIDKey),
	},
	{
		FindingNoUsage, "session does not say how many tokens it used", "sessions do not say how many tokens they used",
		"give the provider's count to Session.SetResult or the attribute " + string(contracts.ResponseUsageKey),
	},
	{
		FindingIntakeFull, "span was lost because spans came faster than they are taken in", "spans were lost because they came faster than they are taken in",
		"give the process more CPU, or trace less",
	},
	{
		FindingQueueFull, "span was lost because the collector takes sessions too slowly", "spans were lost because the collector takes sessions too slowly",
		"raise exporter.WithWorkers and WithQueueBytes, use exporter.WithSpool, or sample with exporter.WithSampling",
	},
	{
		FindingRejected, "span was lost because the collector refused its session", "spans were lost because the collector refused their sessions",
		"see what exporter.WithErrorHandler or WithLogger says of it",
	},
	{
		FindingRetriesExhausted, "span was lost because the collector could not be reached", "spans were lost because the collector could not be reached",
		"raise exporter.WithRetryTimeout, or use exporter.WithSpool to keep sessions on disk meanwhile",
	},
	{
		FindingDuplicate, "span came twice", "spans came twice",
		"register the exporter once with each provider: as a processor or in a batcher",
	},
	{
		FindingLate, "span ended after it had been sent open", "spans ended after they had been sent open",
		"raise exporter.WithLeakTimeout, and flush with exporter.IncludeOpen only when sessions are over",
	},
}

// Finding is something about the traced program that costs sessions, or parts of
// them. It holds no content.
type Finding struct {
	Code FindingCode
	// Count is how often it was found; Code says what is counted.
	Count uint64
	// First is when it was first found.
	First time.Time
	// SpanName and SessionID are of the first case; empty where these are not
	// known.
	SpanName, SessionID string
}

// Advice says what to do.
func (f Finding) Advice() string {
	if i := f.index(); i >= 0 {
		return findings[i].advice
	}
	return ""
}

// String is a sentence: how often what was found, the first case, and what to do.
func (f Finding) String() string {
	text := f.problem()
	switch {
	case f.SpanName != "" && f.SessionID != "":
		text += fmt.Sprintf(" (first %q of session %s)", f.SpanName, f.SessionID)
	case f.SessionID != "":
		text += " (first session " + f.SessionID + ")"
	}
	if advice := f.Advice(); advice != "" {
		text += ": " + advice
	}
	return text
}

// problem is what was found.
func (f Finding) problem() string {
	i := f.index()
	switch {
	case i < 0:
		return fmt.Sprintf("%d %s", f.Count, f.Code)
	case f.Count == 1:
		return "1 " + findings[i].one
	}
	return fmt.Sprintf("%d %s", f.Count, findings[i].many)
}

func (f Finding) index() int {
	for i := range findings {
		if findings[i].code == f.Code {
			return i
		}
	}
	return -1
}

// Diagnose tells what is wrong with how the program is traced, as far as the
// sessions that were sent by now show it: spans that nobody ended, tools without
// results, calls that were traced twice, attributes that limits cut, and so on.
// Each finding says what to do. There are none where all is well. With
// [WithLogger] they are logged at shutdown.
func (e *Exporter) Diagnose() []Finding {
	if e.off() {
		return nil
	}
	byCode := e.doctor.found()
	e.intake.count(func(l *ledger) {
		for i, n := range l.dropped {
			if n > 0 {
				code := FindingCode(dropReasons[i])
				byCode[code] = Finding{Code: code, Count: n, First: l.firstDrop[i]}
			}
		}
	})
	var out []Finding
	for i := range findings {
		if f, ok := byCode[findings[i].code]; ok {
			out = append(out, f)
		}
	}
	return out
}

// doctor collects what sessions show. It is safe for concurrent use, and as
// large as there are codes.
type doctor struct {
	mu  sync.Mutex
	all map[FindingCode]Finding
}

func (d *doctor) found() map[FindingCode]Finding {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make(map[FindingCode]Finding, len(findings))
	maps.Copy(out, d.all)
	return out
}

// maxExample bounds the name of an example.
const maxExample = 128

// add counts one case, of which example tells the names: as they may be told, in
// memory that may be used again.
func (d *doctor) add(code FindingCode, example func() (span, session string)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, known := d.all[code]
	if !known {
		span, session := example()
		if len(span) > maxExample {
			span = strings.ToValidUTF8(span[:maxExample], "")
		}
		f = Finding{Code: code, First: time.Now(), SpanName: strings.Clone(span), SessionID: strings.Clone(session)}
		if d.all == nil {
			d.all = make(map[FindingCode]Finding)
		}
	}
	f.Count++
	d.all[code] = f
}

// examineSender has the doctor see each session before it is sent.
type examineSender struct {
	doctor *doctor
	logger logger
	// redacts says that names may hold what is not to be told.
	redacts bool
	next    sender
}

func (s *examineSender) send(ctx context.Context, sh *shipment) error {
	x := examination{doctor: s.doctor, session: sh.session, payload: sh.payload, why: sh.why, redacts: s.redacts}
	x.examine()
	s.logger.released(sh)
	return s.next.send(ctx, sh)
}

// examination is of one session.
type examination struct {
	doctor  *doctor
	session *convert.Session
	payload *contracts.CollectorTracePayload
	why     ReleaseReason
	redacts bool
	// open says that something in the session had not ended.
	open bool
}

func (x *examination) add(code FindingCode, span string) {
	x.doctor.add(code, func() (string, string) {
		if x.redacts && !x.sends(span) {
			span = ""
		}
		return span, x.payload.ID
	})
}

// sends reports whether the payload has that name as it is.
func (x *examination) sends(name string) bool {
	if name == x.payload.Name {
		return true
	}
	for i := range x.payload.Metadata.Result.Spans {
		if name == x.payload.Metadata.Result.Spans[i].Name {
			return true
		}
	}
	return false
}

func (x *examination) examine() {
	x.ends()
	x.limits()
	x.twice()
	if x.why == ReleaseLimit && x.open {
		x.add(FindingReleasedEarly, x.payload.Name)
	}
	if x.open || x.session.Continuation {
		return // what is missing may be elsewhere
	}
	x.root()
	x.records()
}

// ends looks for spans that did not end, unless nobody waited for them.
func (x *examination) ends() {
	asked := x.why == ReleaseFlush || x.why == ReleaseLimit
	see := func(sp *convert.Span) {
		if sp.Ended() {
			return
		}
		if x.open = true; !asked {
			x.add(FindingSpanNotEnded, sp.Name)
		}
	}
	see(x.session.Root)
	for _, sp := range x.session.Spans {
		if sp != x.session.Root {
			see(sp)
		}
	}
}

// limits looks for what did not travel whole.
func (x *examination) limits() {
	for _, m := range x.payload.Metadata.Result.Extra {
		if m.Name == partialMember {
			x.partial(m.Value, x.payload.Name)
		}
	}
	for i := range x.payload.Metadata.Result.Spans {
		r := &x.payload.Metadata.Result.Spans[i]
		if strings.Contains(string(r.Metadata), `"`+partialMember+`"`) {
			x.partial(r.Metadata.Member(partialMember), r.Name)
		}
	}
}

// partialMember is the member of metadata where package convert notes what did
// not travel whole, and why.
const partialMember = "partial"

func (x *examination) partial(notes contracts.JSON, name string) {
	var dropped, cut, shrunk bool
	for what, why := range notes.Members() {
		text, _ := why.Text()
		switch {
		case what == "attributes":
			dropped = true
		case strings.HasPrefix(text, "not JSON"):
			cut = true
		case strings.Contains(text, "cut by "), strings.Contains(text, "replaced by its sha256"):
			shrunk = true
		}
	}
	for code, is := range map[FindingCode]bool{FindingAttributesDropped: dropped, FindingValueCut: cut, FindingPayloadCut: shrunk} {
		if is {
			x.add(code, name)
		}
	}
}

// twice looks for a call of a model right below, or beside, another's span of
// the same call. Spans of Spect's own have no scope here.
func (x *examination) twice() {
	for i, sp := range x.session.Spans {
		p := x.session.Parents[i]
		if p < 0 {
			continue
		}
		if above := x.session.Spans[p]; above.Scope != sp.Scope && isCall(above) && isCall(sp) {
			x.add(FindingTracedTwice, sp.Name)
		}
	}
}

// isCall reports whether a span is of one call of a model.
func isCall(sp *convert.Span) bool {
	switch convert.Classify(sp.Attributes) {
	case convert.RoleModel:
		return true
	case convert.RoleEntry:
		kind, _ := find(sp.Attributes, contracts.KindKey)
		return kind.Type() == attribute.STRING && calls(contracts.SpanKind(kind.AsString()))
	}
	return false
}

func calls(kind contracts.SpanKind) bool {
	return kind == contracts.KindGenerate || kind == contracts.KindStream
}

// root looks for a session that is not the top of what it is part of: its first
// span was not the first of its session, or stands in one that never came.
func (x *examination) root() {
	root := x.session.Root
	if x.session.Outer.TraceID != "" || convert.Classify(root.Attributes) != convert.RoleEntry {
		return
	}
	seq, _ := find(root.Attributes, contracts.SeqKey)
	if root.EnclosingID.IsValid() || seq.Type() == attribute.INT64 && seq.AsInt64() > 0 {
		x.add(FindingRootMissing, root.Name)
	}
}

// records looks for what the session should say and does not.
func (x *examination) records() {
	p := x.payload
	spans := p.Metadata.Result.Spans
	var told map[string]bool // by call and by span
	asks, tools := false, false
	for i := range spans {
		asks = asks || calls(spans[i].Kind)
		tools = tools || spans[i].Kind == contracts.KindToolCall
	}
	if tools {
		told = make(map[string]bool)
		for i := range spans {
			if r := &spans[i]; r.Kind == contracts.KindToolResult {
				told[r.ParentID] = true
				if r.Tool != nil {
					told[r.Tool.ToolCallID] = true
				}
			}
		}
		delete(told, "")
	}
	for i := range spans {
		r := &spans[i]
		if r.Kind != contracts.KindToolCall || r.Error != nil || r.Status == contracts.StatusError || told[r.ID] {
			continue
		}
		if r.Tool == nil || r.Tool.Result == "" && !told[r.Tool.ToolCallID] {
			x.add(FindingToolWithoutResult, r.Name)
		}
	}
	if !asks || p.Metadata.Result.Error != nil {
		return
	}
	if p.Model.ID == "" || p.Model.ID == "unknown" {
		x.add(FindingNoModel, p.Name)
	}
	if p.Response.Usage == "" {
		x.add(FindingNoUsage, p.Name)
	}
}
