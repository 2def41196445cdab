// Copyright The Spect Authors
// SPDX-License-Identifier: Apache-2.0

package processes

import (
	"context"
	"encoding/json"
	"net"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// The service has one method, whose messages are JSON in the string that
// Protocol Buffers come with: so nothing has to be generated.
const (
	grpcService = "spect.test.Service"
	grpcMethod  = "Call"
)

var grpcDescription = grpc.ServiceDesc{
	ServiceName: grpcService,
	HandlerType: (*any)(nil),
	Methods:     []grpc.MethodDesc{{MethodName: grpcMethod, Handler: handleGRPC}},
}

func handleGRPC(srv any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) { //nolint:revive // gRPC's order
	var in wrapperspb.StringValue
	if err := decode(&in); err != nil {
		return nil, err
	}
	var q request
	if err := json.Unmarshal([]byte(in.GetValue()), &q); err != nil {
		return nil, err
	}
	header, _ := metadata.FromIncomingContext(ctx)
	a, err := srv.(*service).handle(ctx, q, header)
	if err != nil {
		return nil, err
	}
	out, err := json.Marshal(a)
	return wrapperspb.String(string(out)), err
}

func serveGRPC(l net.Listener, tp *sdktrace.TracerProvider, p propagation.TextMapPropagator, s *service) (stop func() error) {
	srv := grpc.NewServer(grpc.StatsHandler(otelgrpc.NewServerHandler(otelgrpc.WithTracerProvider(tp), otelgrpc.WithPropagators(p))))
	srv.RegisterService(&grpcDescription, s)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	return func() error {
		srv.GracefulStop()
		return <-served
	}
}

type grpcCaller struct{ conn *grpc.ClientConn }

func dialGRPC(address string, tp *sdktrace.TracerProvider, p propagation.TextMapPropagator) (caller, error) {
	conn, err := grpc.NewClient("passthrough:"+address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithStatsHandler(otelgrpc.NewClientHandler(otelgrpc.WithTracerProvider(tp), otelgrpc.WithPropagators(p))))
	if err != nil {
		return nil, err
	}
	return &grpcCaller{conn}, nil
}

func (c *grpcCaller) call(ctx context.Context, q request) (a answer, err error) {
	in, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	var out wrapperspb.StringValue
	if err := c.conn.Invoke(ctx, "/"+grpcService+"/"+grpcMethod, wrapperspb.String(string(in)), &out); err != nil {
		return a, err
	}
	return a, json.Unmarshal([]byte(out.GetValue()), &a)
}

func (c *grpcCaller) close() error { return c.conn.Close() }
