/**
 * Keeps the secrets of webhooks: the platform signs with them, so they must be recoverable. Each is encrypted by AES-GCM under
 * a key that HKDF derives from the deployment's secret, and bound to its agent, so that no row's secret works in another row.
 */
export interface Vault {
  seal(agentId: string, secret: string): Promise<string>;
  /** Null: it was sealed under another deployment's secret, for another agent, or was changed. */
  open(agentId: string, sealed: string): Promise<string | null>;
}

/** Part of the key's derivation: another use of the deployment's secret has another key. */
const PURPOSE = "agonus webhook secrets 1";
const IV_BYTES = 12;

/** `random` gives so many random bytes. */
export function makeVault(deploymentSecret: string, random: (bytes: number) => Uint8Array<ArrayBuffer>): Vault {
  let kept: Promise<CryptoKey> | null = null;
  const key = () => {
    kept ??= deriveKey(deploymentSecret);
    return kept;
  };
  return {
    async seal(agentId, secret) {
      const iv = random(IV_BYTES);
      const text = new TextEncoder().encode(secret);
      const sealed = await crypto.subtle.encrypt(boundTo(agentId, iv), await key(), text);
      return Uint8Array.from([...iv, ...new Uint8Array(sealed)]).toBase64();
    },
    async open(agentId, sealed) {
      const bytes = Uint8Array.fromBase64(sealed);
      try {
        const box = boundTo(agentId, bytes.slice(0, IV_BYTES));
        return new TextDecoder().decode(await crypto.subtle.decrypt(box, await key(), bytes.slice(IV_BYTES)));
      } catch (error) {
        // That is all it says where the key, the agent or the bytes are others.
        if (error instanceof Error && error.name === "OperationError") return null;
        throw error;
      }
    },
  };
}

function boundTo(agentId: string, iv: Uint8Array<ArrayBuffer>) {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(agentId) };
}

async function deriveKey(deploymentSecret: string): Promise<CryptoKey> {
  const bytes = new TextEncoder().encode(deploymentSecret);
  const base = await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: new TextEncoder().encode(PURPOSE) };
  return crypto.subtle.deriveKey(how, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}
