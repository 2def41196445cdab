// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package convention

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/spect-tools/spect-go/contracts"
	"github.com/spect-tools/spect-go/convert/internal/attr"
)

// conversationKeys are where conventions have the id of a conversation. The
// first of them that a span has counts.
var conversationKeys = [...]attribute.Key{
	"langfuse.session.id",
	"session.id",
	"gen_ai.conversation.id",
	"ai.telemetry.metadata.sessionId",
	"traceloop.association.properties.session_id",
	"traceloop.association.properties.thread_id",
	"traceloop.association.properties.conversation_id",
	"gcp.vertex.agent.session_id",
	"langsmith.metadata.session_id",
	"langsmith.metadata.thread_id",
	"langsmith.metadata.conversation_id",
	"genkit:sessionId",
}

// metadataKey holds JSON in which OpenInference for LangChain has the id.
const metadataKey = "metadata"

// ConversationID is the id of the conversation that a span belongs to, as far as
// the span says; empty where it does not. Every span may, also one that says
// nothing else of language models, for all below it.
func ConversationID(attrs []attribute.KeyValue) string {
	rank, id, metadata := len(conversationKeys), "", -1
	for i := range attrs {
		key := attrs[i].Key
		if key == metadataKey {
			metadata = i
			continue
		}
		if !mayBeConversation(string(key)) {
			continue
		}
		for r, known := range conversationKeys[:rank] {
			if key == known {
				if text := attr.Text(attrs[i].Value); text != "" {
					rank, id = r, text
				}
				break
			}
		}
	}
	if id == "" && metadata >= 0 {
		id = inMetadata(attrs[metadata].Value)
	}
	return id
}

// mayBeConversation is true of few keys but those of a conversation.
func mayBeConversation(key string) bool {
	return strings.HasSuffix(key, "id") || strings.HasSuffix(key, "Id")
}

func inMetadata(v attribute.Value) (id string) {
	if v.Type() != attribute.STRING {
		return ""
	}
	j := contracts.JSON(v.AsString())
	if !j.IsObject() || !j.Valid() {
		return ""
	}
	for name, value := range j.Members() {
		switch text, ok := value.Text(); {
		case !ok:
		case name == "session_id":
			return text
		case name == "thread_id":
			id = text
		}
	}
	return id
}

// conversation takes over the id of the conversation. It goes by the order of
// the keys and not by that of the decoders.
func (s *Source) conversation(f *Facts) {
	if id := ConversationID(s.Attributes); id != "" {
		if f.ConversationID == "" {
			f.From = append(f.From, Origin{Field: "conversationId"})
		}
		f.ConversationID = id
		s.drop(conversationKeys[:]...)
	}
}
