package main

import (
	"crypto/tls"
	"fmt"
	"net"
)

// listen opens the node's address, with TLS if there is a certificate.
func listen(c ServerConfig) (net.Listener, error) {
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return nil, fmt.Errorf("this address cannot be listened on (--addr): %w", err)
	}
	if c.TLSCert == "" {
		return listener, nil
	}
	certificate, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		_ = listener.Close()
		return nil, fmt.Errorf("the certificate cannot be used (--tls-cert, --tls-key): %w", err)
	}
	return tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}), nil
}

// address is where the node answers, as a URL that can be opened on this machine.
func (n *node) address() string {
	scheme := "http"
	if n.config.TLSCert != "" {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(n.listener.Addr().String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}
