/** What a service expects of a token; none can be left out, but for the token's type. */
export interface Expectations {
  /** The service's own name. */
  audience: string;
  /** Whose tokens it honours; `['*']` for any, and then it keeps their data apart. */
  tenants: readonly string[];
  /** A token that is bound wants its proof in either case. */
  binding: 'bearer-allowed' | 'required';
  /** `at+jwt` */
  type?: string;
  /** Issuers that keep their own `iss` and keys, whose recorded tokens it honours too; see `claims.iss`. */
  attachedIssuers?: readonly string[];
}

/** What a token came with. */
export interface RequestContext {
  method?: string;
  /** The URL as the client sees it: not from what the client sends. */
  url?: string;
  /** The header `DPoP`. */
  dpop?: string;
  /** SHA-256 in base64url of the certificate that the client showed in its TLS handshake. */
  certificate?: string;
  /** The header `Counterfoil-Proof`. */
  proof?: string;
  /** What was asked for, for sightings. */
  resource?: string;
  clientAddress?: string;
}

/** A token that was checked in every respect and was issued. */
export interface Verified {
  claims: Readonly<Record<string, any>>;
  tokenId: string;
  log: string;
  position: number;
  keyId: string;
  /** Names the token in the service's records, and is useless to those who read them. */
  auditId: string;
}

/** A token that must not be honoured. */
export declare class Refusal extends Error {
  constructor(code: string, reason: string);
  /** Of docs/reference/refusal-codes.md; for your log: the caller is told no more than 401 or 503. */
  readonly code: string;
}

/** Bytes that are not what they should be, such as a policy file that was cut. */
export declare class FormatError extends Error {}

/** Remembers DPoP proofs. A store that processes share decides and remembers in one step. */
export declare class UsedProofs {
  /** `first`, or why the proof is not taken; times in seconds since 1970. */
  take(holder: string, use: string, now: number, forgetAt: number): string | Promise<string>;
}

export interface VerifierOptions {
  /** The text of the policy file. */
  policy: string;
  /** Policies of other domains, whose keys are known only to be recognised. */
  neighbours?: readonly string[];
  /** Gives the bytes at a URL, or throws; an error with a `status` below 500 is an answer. */
  read?: (url: string) => Promise<Uint8Array>;
  /** Seconds since 1970. */
  now?: () => number;
  /** How old the head of the key log may be: 300. */
  staleAfterS?: number;
  /** How often the key log is read: 2. */
  refreshEveryS?: number;
  /** How long a young token waits for its log: 1000. */
  tipWaitMs?: number;
  /** What is done with proofs that clients send: `ignored`. */
  stapling?: 'ignored' | 'accepted' | 'required';
  /** Tells the monitor what was seen. Without it nobody hears of what is refused. */
  sightings?: SightingReporter;
  usedProofs?: Pick<UsedProofs, 'take'>;
}

/** One for a process. */
export declare class Verifier {
  constructor(options: VerifierOptions);
  /** Verifies a token for a service, or throws a Refusal. */
  verify(token: string, expect: Expectations, request?: RequestContext): Promise<Verified>;
}

export interface SightingReporterOptions {
  /** The monitor's URL. */
  monitor: string;
  /** The issuer's URL, as the policy has it. */
  issuer: string;
  /** The client under which this service is registered with the monitor. */
  clientId: string;
  /** Its private P-256 key, as a JWK. */
  clientKey: object;
  /** `counterfoil-monitor` */
  audience?: string;
  /** This process's name; each process has its own. Host and process number. */
  instance?: string;
  /** Takes a line when reports cannot be sent, and when they can again: `console.warn`. */
  log?: (line: string) => void;
}

/** Tells the monitor, in the background, what was seen of tokens and which keys this process accepts. */
export declare class SightingReporter {
  constructor(options: SightingReporterOptions);
  /** Sightings that were not reported, and will not be, since the start. */
  readonly lost: number;
  /** Sends what waits, once, and says that this process leaves. */
  close(): Promise<void>;
}

export interface GuardOptions {
  verifier: Verifier;
  expect: Expectations;
  /** Scheme and host as clients see them; without it proofs of possession are refused. */
  origin?: string;
  /** Told of each Refusal, for the service's own log. */
  refused?: (refusal: Refusal) => void;
}

/** Express middleware. */
export declare function expressGuard(options: GuardOptions): (req: any, res: any, next: (error?: unknown) => void) => void;

/** A hook for Fastify's `onRequest`. */
export declare function fastifyGuard(options: GuardOptions): (request: any, reply: any) => Promise<void>;

/** What was verified of a request that passed a guard; throws for every other. */
export declare function verifiedOf(request: object): Verified;
