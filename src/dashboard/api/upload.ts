/** Sends a file as a request's body and tells how much of it has gone: fetch can't say that, so this is an XMLHttpRequest. */
import { Problem, Unreachable } from "./problem.ts";

interface UploadOptions {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly file: Blob;
  /** From 0 to 1, as the bytes go. At 1 the server still checks and stores what it has. */
  readonly onShare: (share: number) => void;
  readonly signal: AbortSignal;
}

/** The answer's JSON. Throws a Problem, Unreachable, or an Error that says that it was stopped. */
export function upload({ path, query, file, onShare, signal }: UploadOptions): Promise<Record<string, unknown>> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${path}?${new URLSearchParams(query)}`);
    request.setRequestHeader("accept", "application/json");
    request.setRequestHeader("content-type", "application/octet-stream");
    request.setRequestHeader("x-agonus-session", "1");
    request.upload.onprogress = ({ loaded, total }) => onShare(total > 0 ? loaded / total : 0);
    request.onload = () => {
      const document = parse(request.responseText);
      if (request.status >= 200 && request.status < 300) done(document);
      else fail(new Problem(request.status, document));
    };
    request.onerror = () => fail(new Unreachable("unreachable"));
    request.onabort = () => fail(new Error("The upload was stopped."));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}

/** Empty for a body that is no JSON object: a proxy's page. */
function parse(text: string): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === "object" && read !== null ? { ...read } : {};
  } catch {
    return {};
  }
}
