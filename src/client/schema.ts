// Made from docs/openapi.json by `npm run generate`; do not edit.

/** Every path of the API, as openapi-fetch reads it. */
export interface paths {
  "/api/v1/applications": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: { limit?: number; cursor?: string; namespace?: string; health?: "Healthy" | "Progressing" | "Degraded" | "Suspended" | "Missing" | "Unknown"; sync?: "Synced" | "OutOfSync" | "Unknown"; repository?: string; suspended?: boolean; history?: boolean; search?: string }; header?: never; path?: never; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components['schemas']['Application'][]; next?: string } } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['Application'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/objects": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components['schemas']['ApplicationObject'][]; hidden: number; problems: components['schemas']['Problem'][]; approval?: string } } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post: {
      parameters: { query?: { action?: string; message?: string; dryRun?: boolean; wait?: "synced"; mode?: "commit" | "pullRequest" }; header?: { "idempotency-key"?: string }; path: { namespace: string; name: string }; cookie?: never };
      requestBody: { content: { "application/json": { apiVersion?: string; kind?: string; items?: { [name: string]: unknown }[]; objects?: { [name: string]: unknown }[]; patches?: { kind: string; name: string; namespace?: string; type?: "merge" | "json" | "apply"; patch: unknown }[]; deletions?: { kind: string; name: string; namespace?: string }[]; action?: string; message?: string; [name: string]: unknown } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['ApplicationChange'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        409: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/objects/{kind}/{object}": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: { objectNamespace?: string }; header?: never; path: { namespace: string; name: string; kind: string; object: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['ObjectDetail'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put: {
      parameters: { query?: { action?: string; message?: string; dryRun?: boolean; wait?: "synced"; mode?: "commit" | "pullRequest"; objectNamespace?: string }; header?: { "idempotency-key"?: string; "if-match"?: string }; path: { namespace: string; name: string; kind: string; object: string }; cookie?: never };
      requestBody: { content: { "application/json": { [name: string]: unknown } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['ApplicationChange'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        409: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    post?: never;
    delete: {
      parameters: { query?: { action?: string; message?: string; dryRun?: boolean; wait?: "synced"; mode?: "commit" | "pullRequest"; objectNamespace?: string }; header?: { "idempotency-key"?: string; "if-match"?: string }; path: { namespace: string; name: string; kind: string; object: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['ApplicationChange'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        409: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    options?: never;
    head?: never;
    patch: {
      parameters: { query?: { action?: string; message?: string; dryRun?: boolean; wait?: "synced"; mode?: "commit" | "pullRequest"; objectNamespace?: string; type?: "merge" | "json" | "apply" }; header?: { "idempotency-key"?: string; "if-match"?: string }; path: { namespace: string; name: string; kind: string; object: string }; cookie?: never };
      requestBody: { content: { "application/json": unknown } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['ApplicationChange'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        409: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/tree": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components['schemas']['TreeNode'][]; hiddenKinds: string[] } } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/diff": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['ApplicationDiff'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/dry-run": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get?: never;
    put?: never;
    post: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody: { content: { "application/json": { resources?: { group?: string; kind: string; namespace?: string; name: string }[] } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['SyncDryRun'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/owners": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['ApplicationOwners'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/prune": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: { approval?: string }; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['PruneSimulation'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/history": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components['schemas']['HistoryEntry'][] } } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/logs": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components['schemas']['LogEntry'][] } } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/repositories/{namespace}/{name}/logs": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components['schemas']['LogEntry'][] } } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/namespaces/{namespace}/objects/{kind}/{name}/gitlogs": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: { limit?: number; cursor?: string; user?: string; action?: string; since?: string; until?: string; signatures?: boolean; sideObjects?: boolean }; header?: never; path: { namespace: string; name: string; kind: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['AuditLog'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/namespaces/{namespace}/objects/{kind}/{name}/gitdiff": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: { hash?: string; sideObjects?: boolean }; header?: never; path: { namespace: string; name: string; kind: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['CommitDiff'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/namespaces/{namespace}/gitlogs": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: { limit?: number; cursor?: string; user?: string; action?: string; since?: string; until?: string; signatures?: boolean }; header?: never; path: { namespace: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['AuditLog'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/namespaces/{namespace}/gitdiff": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: { hash?: string }; header?: never; path: { namespace: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['CommitDiff'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/namespaces/{namespace}/gitdiffs": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: { from?: (string); to?: (string); repository?: string }; header?: never; path: { namespace: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['GitDiffs'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/gitlogs": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: { limit?: number; cursor?: string; user?: string; action?: string; since?: string; until?: string; signatures?: boolean; repository?: string }; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['AuditLog'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/gitdiff": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: { hash?: string; repository?: string }; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['CommitDiff'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/gitdiffs": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: { from?: (string); to?: (string); repository?: string }; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['GitDiffs'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/namespaces/{namespace}/objects/{kind}/{name}/gitrestore": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get?: never;
    put?: never;
    post: {
      parameters: { query?: { wait?: "synced" }; header?: { "idempotency-key"?: string }; path: { namespace: string; name: string; kind: string }; cookie?: never };
      requestBody: { content: { "application/json": { hash: string; action?: string; message?: string; dryRun: boolean; sideObjects: boolean } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['WayBack'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/namespaces/{namespace}/gitrestore": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get?: never;
    put?: never;
    post: {
      parameters: { query?: { wait?: "synced" }; header?: { "idempotency-key"?: string }; path: { namespace: string }; cookie?: never };
      requestBody: { content: { "application/json": { hash: string; action?: string; message?: string; dryRun: boolean; sideObjects: boolean; objects?: { group: string; kind: string; name: string }[] } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['WayBack'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/gitrestore": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get?: never;
    put?: never;
    post: {
      parameters: { query?: { wait?: "synced" }; header?: { "idempotency-key"?: string }; path: { namespace: string; name: string }; cookie?: never };
      requestBody: { content: { "application/json": { hash: string; action?: string; message?: string; dryRun: boolean; repository?: string } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['WayBack'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/namespaces/{namespace}/objects/{kind}/{name}/gitrevert": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get?: never;
    put?: never;
    post: {
      parameters: { query?: { wait?: "synced" }; header?: { "idempotency-key"?: string }; path: { namespace: string; name: string; kind: string }; cookie?: never };
      requestBody: { content: { "application/json": { hash: string; action?: string; message?: string; dryRun: boolean; sideObjects: boolean } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['WayBack'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        409: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/namespaces/{namespace}/gitrevert": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get?: never;
    put?: never;
    post: {
      parameters: { query?: { wait?: "synced" }; header?: { "idempotency-key"?: string }; path: { namespace: string }; cookie?: never };
      requestBody: { content: { "application/json": { hash: string; action?: string; message?: string; dryRun: boolean; sideObjects: boolean; objects?: { group: string; kind: string; name: string }[] } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['WayBack'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        409: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/gitrevert": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get?: never;
    put?: never;
    post: {
      parameters: { query?: { wait?: "synced" }; header?: { "idempotency-key"?: string }; path: { namespace: string; name: string }; cookie?: never };
      requestBody: { content: { "application/json": { hash: string; action?: string; message?: string; dryRun: boolean; repository?: string } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['WayBack'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        409: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/sync": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get?: never;
    put?: never;
    post: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody: { content: { "application/json": { fetch: boolean; resources?: { group?: string; kind: string; namespace?: string; name: string }[]; revision?: string; ignoreDependencies?: boolean } } };
      responses: {
        202: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['Accepted'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        409: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/refresh": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get?: never;
    put?: never;
    post: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody: { content: { "application/json": { acceptRewind?: string } } };
      responses: {
        202: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['Accepted'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/rollback": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get?: never;
    put?: never;
    post: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody: { content: { "application/json": { revision?: string } } };
      responses: {
        202: { headers: { [name: string]: unknown }; content: { "application/json": { request: string; revision: string } } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        409: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/approve-prune": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get?: never;
    put?: never;
    post: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody: { content: { "application/json": { approval: string } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['Done'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        409: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/release": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get?: never;
    put?: never;
    post: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['Done'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/suspend": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get?: never;
    put?: never;
    post: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['Done'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/resume": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get?: never;
    put?: never;
    post: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['Done'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/applications/{namespace}/{name}/stop": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get?: never;
    put?: never;
    post: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        202: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['Accepted'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/repositories": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: { limit?: number; cursor?: string; namespace?: string }; header?: never; path?: never; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components['schemas']['Repository'][]; next?: string } } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/repositories/{namespace}/{name}": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['Repository'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/gitsync": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get?: never;
    put?: never;
    post: {
      parameters: { query?: { wait?: "synced" }; header?: never; path?: never; cookie?: never };
      requestBody: { content: { "application/json": { operator: string; namespace: string; objects: { apiVersion: string; kind: string; metadata: { name: string; [name: string]: unknown }; [name: string]: unknown }[]; removed: { apiVersion: string; kind: string; name: string }[]; action?: string; message?: string; operation?: string; dryRun: boolean } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['Change'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        409: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/namespaces/{namespace}/objects": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: { limit?: number; cursor?: string; fresh?: boolean; kind?: string; labels?: string; content?: boolean }; header?: never; path: { namespace: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components['schemas']['GitObject'][]; next?: string; hidden: number; commit?: string } } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post: {
      parameters: { query?: { action?: string; message?: string; dryRun?: boolean; wait?: "synced" }; header?: { "idempotency-key"?: string }; path: { namespace: string }; cookie?: never };
      requestBody: { content: { "application/json": { apiVersion?: string; kind?: string; items?: { [name: string]: unknown }[]; objects?: { [name: string]: unknown }[]; deletions?: { kind: string; name: string }[]; belongsTo?: { kind: string; name: string }; action?: string; message?: string; [name: string]: unknown } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['Change'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        409: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/namespaces/{namespace}/objects/{kind}/{object}": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: { fresh?: boolean }; header?: never; path: { namespace: string; kind: string; object: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['KubernetesObject'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put: {
      parameters: { query?: { action?: string; message?: string; dryRun?: boolean; wait?: "synced" }; header?: { "idempotency-key"?: string; "if-match"?: string }; path: { namespace: string; kind: string; object: string }; cookie?: never };
      requestBody: { content: { "application/json": { [name: string]: unknown } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['Change'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        409: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    post?: never;
    delete: {
      parameters: { query?: { action?: string; message?: string; dryRun?: boolean; wait?: "synced" }; header?: { "idempotency-key"?: string; "if-match"?: string }; path: { namespace: string; kind: string; object: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['Change'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        409: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    options?: never;
    head?: never;
    patch: {
      parameters: { query?: { action?: string; message?: string; dryRun?: boolean; wait?: "synced"; type?: "merge" | "json" | "apply" }; header?: { "idempotency-key"?: string; "if-match"?: string }; path: { namespace: string; kind: string; object: string }; cookie?: never };
      requestBody: { content: { "application/json": unknown } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['Change'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        409: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    trace?: never;
  };
  "/api/v1/namespaces/{namespace}/objects/{kind}/{object}/actions": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path: { namespace: string; kind: string; object: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components['schemas']['ObjectAction'][] } } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/namespaces/{namespace}/objects/{kind}/{object}/actions/{action}": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get?: never;
    put?: never;
    post: {
      parameters: { query?: { dryRun?: boolean; live?: boolean; message?: string; wait?: "synced" }; header?: { "idempotency-key"?: string }; path: { namespace: string; kind: string; object: string; action: string }; cookie?: never };
      requestBody: { content: { "application/json": { parameters: { [name: string]: (number | string) } } } };
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['ActionDone'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        409: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        422: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        502: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/namespaces/{namespace}/gitops-status": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path: { namespace: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['GitOpsStatus'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/namespaces/{namespace}/unmanaged": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path: { namespace: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": { items: { key: components['schemas']['ObjectKey']; createdAt?: string }[] } } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/operations/{namespace}": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: { limit?: number; cursor?: string }; header?: never; path: { namespace: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": { items: components['schemas']['Operation'][]; next?: string } } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/operations/{namespace}/{name}": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path: { namespace: string; name: string }; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['Operation'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/events": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: { namespace?: string; kind?: "Application" | "Repository" | "Operation"; name?: string }; header?: { "last-event-id"?: string }; path?: never; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "text/event-stream": string } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        403: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        503: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/version": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": { version: string } } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/user": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": components['schemas']['User'] } };
        400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/api/v1/openapi.json": {
    parameters: { query?: never; header?: never; path?: never; cookie?: never };
    get: {
      parameters: { query?: never; header?: never; path?: never; cookie?: never };
      requestBody?: never;
      responses: {
        200: { headers: { [name: string]: unknown }; content: { "application/json": { [name: string]: unknown } } };
        500: { headers: { [name: string]: unknown }; content: { "application/problem+json": components['schemas']['Problems'] } };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}

/** What answers and requests are made of. */
export interface components {
  schemas: {
    /** What was asked for, and not yet done: see the status, or the events. */
    Accepted: { request: string };
    /** What became of an action. */
    ActionDone: { operation?: string; state: "Pending" | "Committed" | "PullRequestOpen" | "Applied" | "Unchanged" | "Failed" | "Tried"; commit?: string; pullRequest?: { number: number; link: string }; warnings: string[]; sync?: { state: "synced" | "failed" | "waiting"; revision?: string; message?: string; problems?: components['schemas']['Problem'][] }; where: "Git" | "Cluster"; application?: string; created?: components['schemas']['ObjectKey'] };
    /** An Application: what it is to hold, and what was done and found. See docs/application-reference.md. */
    Application: { apiVersion: "plumbline.dev/v1alpha1"; kind: "Application"; metadata: components['schemas']['ObjectMeta']; spec: { source?: { repositoryRef: { name: string }; path?: string; chart?: string; ref?: { branch?: string; tag?: string; semver?: string; commit?: string; digest?: string }; directory?: { recurse?: boolean; include?: string[]; exclude?: string[] }; kustomize?: { namePrefix?: string; nameSuffix?: string; namespace?: string; images?: { name: string; newName?: string; newTag?: string; digest?: string }[]; replicas?: { name: string; count: number }[]; labels?: { [name: string]: string }; patches?: { patch: string; target?: { group?: string; version?: string; kind?: string; name?: string; namespace?: string; labelSelector?: string; annotationSelector?: string } }[]; components?: string[] }; helm?: { releaseName?: string; valueFiles?: string[]; values?: Record<string, never>; parameters?: { name: string; value: string; forceString?: boolean; json?: boolean }[]; fileParameters?: { name: string; path: string }[]; ignoreMissingValueFiles?: boolean; namespace?: string; kubeVersion?: string; apiVersions?: string[]; skipCrds?: boolean; skipTests?: boolean; skipHooks?: boolean; skipSchemaValidation?: boolean }; jsonnet?: { tlas?: { name: string; value: string; code?: boolean }[]; extVars?: { name: string; value: string; code?: boolean }[]; libraryPaths?: string[] } }; sources?: { name?: string; repositoryRef: { name: string }; path?: string; chart?: string; ref?: { branch?: string; tag?: string; semver?: string; commit?: string; digest?: string }; directory?: { recurse?: boolean; include?: string[]; exclude?: string[] }; kustomize?: { namePrefix?: string; nameSuffix?: string; namespace?: string; images?: { name: string; newName?: string; newTag?: string; digest?: string }[]; replicas?: { name: string; count: number }[]; labels?: { [name: string]: string }; patches?: { patch: string; target?: { group?: string; version?: string; kind?: string; name?: string; namespace?: string; labelSelector?: string; annotationSelector?: string } }[]; components?: string[] }; helm?: { releaseName?: string; valueFiles?: string[]; values?: Record<string, never>; parameters?: { name: string; value: string; forceString?: boolean; json?: boolean }[]; fileParameters?: { name: string; path: string }[]; ignoreMissingValueFiles?: boolean; namespace?: string; kubeVersion?: string; apiVersions?: string[]; skipCrds?: boolean; skipTests?: boolean; skipHooks?: boolean; skipSchemaValidation?: boolean }; jsonnet?: { tlas?: { name: string; value: string; code?: boolean }[]; extVars?: { name: string; value: string; code?: boolean }[]; libraryPaths?: string[] } }[]; destination?: { namespace?: string }; serviceAccountName?: string; sync?: { automated?: boolean; prune?: boolean; pruneLimit?: { objects?: number; percent?: number }; deletionsPerMinute?: number; pruneLast?: boolean; allowEmpty?: boolean; drift?: "Revert" | "Report" | "Capture"; capture?: { mode?: "Commit" | "PullRequest"; quietPeriod?: string; meanwhile?: "Hold" | "Revert"; ignoreManagers?: string[] }; validation?: "Server" | "None"; retry?: { limit?: number; backoff?: { duration?: string; factor?: number; maxDuration?: string } }; timeout?: string; windows?: { kind: "Allow" | "Deny"; schedule: string; duration: string; timezone?: string; manual?: boolean }[]; createNamespace?: boolean; namespaceMetadata?: { labels?: { [name: string]: string }; annotations?: { [name: string]: string } }; write?: "Merge" | "Override" | "Replace"; recreate?: boolean; propagation?: "Background" | "Foreground" | "Orphan"; sharedObjects?: "Fail" | "Skip"; missingKinds?: "Fail" | "Wait"; forceConflicts?: boolean }; dependsOn?: { name: string; namespace?: string; condition?: string }[]; dependents?: { namespaces: string[] }; ignore?: { group?: string; kind: string; name?: string; namespace?: string; fields?: string[]; expressions?: string[]; managers?: string[] }[]; health?: { rules?: { group?: string; kind: string; suspended?: string; degraded?: string; progressing?: string; healthy?: string; message?: string; otherwise?: "Healthy" | "Progressing" | "Degraded" | "Suspended" | "Unknown" }[] }; writeBack?: { mode?: "Commit" | "PullRequest" }; deletionPolicy?: "Orphan" | "Cascade"; suspend?: boolean }; status?: { observedGeneration?: number; revision?: string; revisions?: string[]; digest?: string; fingerprint?: string; unsettled?: boolean; synced?: { at: string; by: string; objects: number; failed: number }; health?: "Healthy" | "Progressing" | "Degraded" | "Suspended" | "Missing" | "Unknown"; drift?: { objects: number; reverted?: number; changes?: { object: string; manager?: string; operation?: "Apply" | "Update"; at?: string; fields: string[]; more?: number; deleted?: boolean }[]; contested?: { object: string; manager?: string; fields: string[]; reverts: number; until: string }[] }; capture?: { state: "Waiting" | "Writing" | "Committed" | "PullRequestOpen" | "Refused"; at: string; commit?: string; pullRequest?: string; message: string; proposed?: { operation: string; commit: string; number: number }; taken?: string }; operation?: { id: string; digest: string; by: string; startedAt: string; phase: string; first: boolean; done: string[]; failure?: string }; retry?: { digest: string; generation: number; attempts: number; left: number; message: string }; stopped?: { digest: string; generation: number; at: string; by?: string }; window?: { open: boolean; manual: boolean; changesAt?: string }; request?: { id: string; action: "Sync" | "Stop" | "Unknown"; by?: string; at: string; outcome: "Succeeded" | "Failed" | "Refused"; message: string }; approval?: { token: string; of?: string; since: string; objects: number; reason: "Confirm" | "Limit" }; deleteHooks?: ("PreDelete" | "PostDelete")[]; hold?: { revision: string; from: string[]; since: string }; handledRequest?: string; handledSyncRequest?: string; history?: { revision: string; revisions?: string[]; at: string; by: string; requestedBy?: string; outcome: "Succeeded" | "Failed" | "Stopped"; stoppedBy?: string; changed: number; recreated?: number; pruned: number; failed: number; drift?: { object: string; manager?: string; operation?: "Apply" | "Update"; at?: string; fields: string[]; more?: number; deleted?: boolean }[] }[]; conditions?: { type: string; status: "True" | "False" | "Unknown"; observedGeneration?: number; lastTransitionTime: string; reason: string; message: string }[] } };
    /** What became of a change of objects of an Application. */
    ApplicationChange: { operation?: string; state: "Pending" | "Committed" | "PullRequestOpen" | "Applied" | "Unchanged" | "Failed" | "Tried"; commit?: string; pullRequest?: { number: number; link: string }; objects?: { key: components['schemas']['ObjectKey']; change: "created" | "changed" | "deleted" | "unchanged"; object?: components['schemas']['KubernetesObject'] }[]; warnings: string[]; sync?: { state: "synced" | "failed" | "waiting"; revision?: string; message?: string; problems?: components['schemas']['Problem'][] }; repository?: string; branch?: string; base?: string; explanation?: string; diffs?: components['schemas']['FileDiff'][] };
    /** What a sync would change. */
    ApplicationDiff: { items: components['schemas']['ObjectDiff'][]; hidden: number; problems: components['schemas']['Problem'][]; blocked: components['schemas']['Blocked'][]; approval?: string };
    /** An object of an Application. */
    ApplicationObject: { id: string; key: components['schemas']['ObjectKey']; apiVersion: string; sync: "Synced" | "OutOfSync" | "Unknown"; reason?: string; message?: string; health: components['schemas']['Health']; origin?: components['schemas']['Location']; uid?: string; deletionTimestamp?: string };
    /** Whose the fields of the objects of an Application are. */
    ApplicationOwners: { items: components['schemas']['ObjectOwners'][]; hidden: number; problems: components['schemas']['Problem'][] };
    /** A commit that touched what was asked about. */
    AuditEntry: { hash: string; parents: string[]; authorName: string; authorEmail: string; authorWhen: string; committerName: string; committerEmail: string; committerWhen: string; action?: string; message: string; user?: string; userEmail?: string; files: components['schemas']['TouchedFile'][]; link?: string; signature?: components['schemas']['CommitSignature'] };
    /** One page of an audit log. */
    AuditLog: { repository: string; branch: string; items: components['schemas']['AuditEntry'][]; next?: string };
    /** An object that a sync would not touch, and why. */
    Blocked: { id: string; key: components['schemas']['ObjectKey']; reason: string; message: string };
    /** What became of a change. */
    Change: { operation?: string; state: "Pending" | "Committed" | "PullRequestOpen" | "Applied" | "Unchanged" | "Failed" | "Tried"; commit?: string; pullRequest?: { number: number; link: string }; objects?: { key: components['schemas']['ObjectKey']; change: "created" | "changed" | "deleted" | "unchanged"; object?: components['schemas']['KubernetesObject'] }[]; warnings: string[]; sync?: { state: "synced" | "failed" | "waiting"; revision?: string; message?: string; problems?: components['schemas']['Problem'][] } };
    /** What one commit did. */
    CommitDiff: { commit: components['schemas']['AuditEntry']; items: components['schemas']['FileDiff'][]; more: number };
    /** What Git says of the signature, by the keys that the Repository names. */
    CommitSignature: { grade: "G" | "B" | "U" | "X" | "Y" | "R" | "E" | "N"; key?: string; signer?: string; detail?: string };
    /** An object that goes along with another. */
    Companion: { id: string; key: components['schemas']['ObjectKey']; resource: string };
    /** It is done. */
    Done: Record<string, never>;
    /** One field that would change. Values of a Secret are masked. */
    FieldChange: { path: string; before?: unknown; after?: unknown; owners?: components['schemas']['FieldWriter'][] };
    /** Who has a field, as `metadata.managedFields` tells it. */
    FieldWriter: { manager: string; operation: "Apply" | "Update"; subresource: string; time: string };
    /** What became of a file. */
    FileDiff: { fileName: string; previousFileName?: string; changeType: "added" | "removed" | "modified" | "renamed"; diff: string; note?: string; link?: string };
    /** What differs between two commits. */
    GitDiffs: { from: string; to: string; items: components['schemas']['FileDiff'][]; more: number; link?: string };
    /** An object of a namespace as its repository has it. */
    GitObject: { key: components['schemas']['ObjectKey']; apiVersion: string; labels: { [name: string]: string }; path: string; sync: "Synced" | "OutOfSync" | "Unknown"; etag?: string; object?: components['schemas']['KubernetesObject'] };
    /** How Git maintains a namespace, and how that goes. */
    GitOpsStatus: { namespace: string; state: "off" | "on" | "invalid"; url?: string; branch?: string; path?: string; format?: "json" | "yaml"; mode?: "commit" | "pullRequest"; secret?: string; repository?: { name: string; revision?: string; conditions: { type: string; status: "True" | "False" | "Unknown"; observedGeneration?: number; lastTransitionTime: string; reason: string; message: string }[] }; application?: { name: string; revision?: string; conditions: { type: string; status: "True" | "False" | "Unknown"; observedGeneration?: number; lastTransitionTime: string; reason: string; message: string }[] }; problems: components['schemas']['Problem'][] };
    /** How well an object does. */
    Health: { status: "Healthy" | "Progressing" | "Degraded" | "Suspended" | "Missing" | "Unknown"; message: string };
    /** One sync. */
    HistoryEntry: { revision: string; revisions?: string[]; at: string; by: string; requestedBy?: string; outcome: "Succeeded" | "Failed" | "Stopped"; stoppedBy?: string; changed: number; recreated?: number; pruned: number; failed: number; drift?: { object: string; manager?: string; operation?: "Apply" | "Update"; at?: string; fields: string[]; more?: number; deleted?: boolean }[] };
    /** An object of Kubernetes of any kind. The values of a Secret are masked. */
    KubernetesObject: { apiVersion: string; kind: string; metadata: { name: string }; [name: string]: unknown };
    /** Where something stands: as much of it as is known. */
    Location: { repository?: string; commit?: string; file?: string; line?: number; column?: number; object?: string; field?: string };
    /** One thing that was done. */
    LogEntry: { uid: string; at: string; type: "Normal" | "Warning"; reason: string; message: string };
    /** Something that can be done with an object. */
    ObjectAction: { name: string; does: string; offered: boolean; why?: string; allowed: boolean; needs: { verb: string; group: string; resource: string; subresource?: string }[]; where: "Git" | "Cluster"; parameters: { name: string; type: "integer" | "string"; description: string; minimum?: number; maximum?: number; pattern?: string }[] };
    /** An object of an Application as Git says (`desired`) and as it lives (`live`). Values of a Secret are masked, equal ones with equal masks in both. */
    ObjectDetail: { id: string; key: components['schemas']['ObjectKey']; apiVersion: string; sync: "Synced" | "OutOfSync" | "Unknown"; reason?: string; message?: string; health: components['schemas']['Health']; origin?: components['schemas']['Location']; uid?: string; deletionTimestamp?: string; desired?: components['schemas']['KubernetesObject']; live?: components['schemas']['KubernetesObject'] };
    /** How an object differs from what Git says. */
    ObjectDiff: { id: string; key: components['schemas']['ObjectKey']; change: "create" | "update" | "recreate" | "delete" | "none"; changes: components['schemas']['FieldChange'][] };
    /** What a sync would do with an object. */
    ObjectDryRun: { id: string; key: components['schemas']['ObjectKey']; action: string };
    /** What names an object. */
    ObjectKey: { group: string; kind: string; namespace: string; name: string };
    /** The metadata of a resource, without `managedFields`. */
    ObjectMeta: { name: string; namespace: string; uid?: string; resourceVersion?: string; generation?: number; creationTimestamp?: string; deletionTimestamp?: string; finalizers?: string[]; labels?: { [name: string]: string }; annotations?: { [name: string]: string } };
    /** Whose the fields of an object are. */
    ObjectOwners: { id: string; key: components['schemas']['ObjectKey']; fields: components['schemas']['OwnedField'][] };
    /** What Events warn of about an object, for one reason. */
    ObjectWarning: { reason: string; message: string; count: number; at: string };
    /** A change that somebody asked for, and what became of it. */
    Operation: { apiVersion: "plumbline.dev/v1alpha1"; kind: "Operation"; metadata: components['schemas']['ObjectMeta']; spec: { user: { username: string; email?: string }; action: string; message?: string; mode: "commit" | "pullRequest" | "direct"; application?: string; repository?: string; repositoryRef?: string; branch?: string; proposedWith?: string; changes: { verb: "create" | "replace" | "patch" | "delete"; group?: string; kind: string; name: string; resourceVersion?: string }[]; digest: string }; status?: { state: "Pending" | "Committed" | "PullRequestOpen" | "Applied" | "Unchanged" | "Failed"; commit?: string; pullRequest?: { number: number; link: string }; finishedAt?: string; message?: string; problems?: { code: string; message: string; where?: string; hint?: string }[] } };
    /** A field that is not Git's alone; without an owner where it is a default. No value is told. */
    OwnedField: { path: string; state: "unmanaged" | "foreign" | "shared"; owner?: components['schemas']['FieldWriter'] };
    /** One thing that is wrong. */
    Problem: { code: string; message: string; where?: components['schemas']['Location']; hint?: string; sides?: { base: unknown; ours: unknown; theirs: unknown } };
    /** Why a request was refused or failed (RFC 9457). */
    Problems: { title: string; status: number; code: string; detail: string; requestId: string; errors: components['schemas']['Problem'][] };
    /** What a prune would do. */
    PruneSimulation: { items: components['schemas']['SimulatedDeletion'][]; hidden: number; problems: components['schemas']['Problem'][]; unseen: string[]; approval?: string };
    /** A Repository: what Applications read, and what was fetched. */
    Repository: { apiVersion: "plumbline.dev/v1alpha1"; kind: "Repository"; metadata: components['schemas']['ObjectMeta']; spec: { url: string; type?: "Git" | "OCI" | "Helm"; ref?: { branch?: string; tag?: string; semver?: string; commit?: string; digest?: string }; interval?: string; secretRef?: { name: string }; verify?: { mode?: "Head" | "Tag" | "TagAndHead" | "Commits"; keysRef: { kind?: "Secret" | "ConfigMap"; name: string }; identities?: string[]; since?: string }; rewind?: "Allow" | "Refuse"; webhook?: { secretRef: { name: string } }; forge?: { kind?: "GitHub" | "GitLab" | "Gitea" | "Forgejo" | "BitbucketCloud" | "BitbucketDataCenter" | "AzureDevOps"; apiUrl?: string; secretRef?: { name: string }; context?: string; preview?: "None" | "Branches" | "All" }; proxy?: string; credentialHosts?: string[]; submodules?: boolean; suspend?: boolean }; status?: { observedGeneration?: number; revision?: string; ref?: string; observedAt?: string; handledRequest?: string; accepted?: { selector: string; revision: string; ref: string; mode?: string; keys?: string; signed?: string }[]; conditions?: { type: string; status: "True" | "False" | "Unknown"; observedGeneration?: number; lastTransitionTime: string; reason: string; message: string }[] } };
    /** What a prune would do with an object that Git does not have any more. */
    SimulatedDeletion: { id: string; key: components['schemas']['ObjectKey']; outcome: "delete" | "blocked" | "leaving" | "refused" | "not-reached"; reason: string; message: string; step?: number; takes: components['schemas']['Companion'][] };
    /** What a sync would come to. */
    SyncDryRun: { items: components['schemas']['ObjectDryRun'][]; hidden: number; problems: components['schemas']['Problem'][]; blocked: components['schemas']['Blocked'][]; approval?: string };
    /** A file that a commit touched. */
    TouchedFile: { fileName: string; previousFileName?: string; changeType: "added" | "removed" | "modified" | "renamed"; link?: string };
    /** An object, and who made it. */
    TreeNode: { uid: string; parent?: string; apiVersion: string; kind: string; namespace?: string; name: string; createdAt?: string; health: components['schemas']['Health']; warnings?: components['schemas']['ObjectWarning'][] };
    /** Somebody who is signed in. */
    User: { username: string; groups: string[]; email?: string; displayName?: string; how: "oidc" | "token" | "link" };
    /** What a restore or a revert came to. */
    WayBack: { state: "Tried" | "Pending" | "Committed" | "PullRequestOpen" | "Applied" | "Unchanged" | "Failed"; hash?: string; operation?: string; pullRequest?: { number: number; link: string }; diffs: components['schemas']['FileDiff'][]; warnings: string[]; sync?: { state: "synced" | "failed" | "waiting"; revision?: string; message?: string; problems?: components['schemas']['Problem'][] } };
  };
}
