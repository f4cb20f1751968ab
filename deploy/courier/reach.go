package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// reach tells whether the platform answers at COURIER_URL from where it runs; the reason is the container's last message.
func reach(ctx context.Context, address string, patience time.Duration) error {
	address = strings.TrimRight(address, "/")
	if !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") {
		return errors.New("COURIER_URL must begin with http:// or https://")
	}
	client := &http.Client{Timeout: 5 * time.Second}
	until := time.Now().Add(patience)
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/health/live", nil)
		if err != nil {
			return err
		}
		answer, err := client.Do(request)
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
			err = fmt.Errorf("something else answers there: HTTP %d", answer.StatusCode)
		}
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err
		}
		// A network policy takes a moment to let a new pod through.
		if ctx.Err() != nil || time.Now().After(until) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Second):
		}
	}
}

func runReach(ctx context.Context) int {
	if err := reach(ctx, os.Getenv("COURIER_URL"), 15*time.Second); err != nil {
		fmt.Println(err)
		return exitGaveUp
	}
	return exitDone
}
