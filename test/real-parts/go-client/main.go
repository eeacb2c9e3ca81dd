// Drives the client that oapi-codegen generates from the description which existing clients of the SciCat Globus Proxy
// were generated from. Reads one call a line as JSON, prints what the client decoded, one line each.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"

	"beamgate.test/client/client"
)

type call struct {
	Method  string                       `json:"method"`
	BaseURL string                       `json:"baseUrl"`
	Host    string                       `json:"host"`
	Token   string                       `json:"token"`
	JobID   string                       `json:"jobId"`
	Delete  *bool                        `json:"delete"`
	Params  client.PostTransferTaskParams `json:"params"`
	Files   *[]client.FileToTransfer     `json:"files"`
}

type result struct {
	Status  int     `json:"status"`
	JobID   *string `json:"jobId"`
	Version *string `json:"version"`
	Message *string `json:"message"`
	Details *string `json:"details"`
	// What the generated client returned: a body that it could not decode.
	Error string `json:"error"`
}

func main() {
	in := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked call
		if err := json.Unmarshal(line, &asked); err != nil {
			panic(err)
		}
		_ = out.Encode(run(asked))
	}
}

func run(asked call) result {
	edit := func(_ context.Context, request *http.Request) error {
		if asked.Token != "" {
			request.Header.Set("SciCat-API-Key", asked.Token)
		}
		if asked.Host != "" {
			request.Host = asked.Host
		}
		return nil
	}
	api, err := client.NewClientWithResponses(asked.BaseURL, client.WithRequestEditorFn(edit))
	if err != nil {
		return result{Error: err.Error()}
	}
	ctx := context.Background()
	switch asked.Method {
	case "post":
		body := client.PostTransferTaskJSONRequestBody{FileList: asked.Files}
		response, err := api.PostTransferTaskWithResponse(ctx, &asked.Params, body)
		if err != nil {
			return result{Error: err.Error()}
		}
		answer := result{Status: response.StatusCode()}
		if response.JSON200 != nil {
			answer.JobID = &response.JSON200.JobId
		}
		take(&answer, response.JSON400, response.JSON401, response.JSON403, response.JSON500, response.JSON503)
		return answer
	case "delete":
		response, err := api.DeleteTransferTaskWithResponse(ctx, asked.JobID, &client.DeleteTransferTaskParams{Delete: asked.Delete})
		if err != nil {
			return result{Error: err.Error()}
		}
		answer := result{Status: response.StatusCode()}
		take(&answer, response.JSON400, response.JSON401, response.JSON403, response.JSON500)
		return answer
	default:
		response, err := api.GetVersionWithResponse(ctx)
		if err != nil {
			return result{Error: err.Error()}
		}
		answer := result{Status: response.StatusCode()}
		if response.JSON200 != nil {
			answer.Version = &response.JSON200.Version
		}
		return answer
	}
}

func take(answer *result, bodies ...*client.Error) {
	for _, body := range bodies {
		if body != nil {
			answer.Message, answer.Details = body.Message, body.Details
		}
	}
}
