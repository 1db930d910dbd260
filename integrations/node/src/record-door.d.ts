/** A token that was not recorded, so that it must not be released. */
export declare class NotRecorded extends Error {
  readonly reason: string;
}

export interface RecordDoorOptions {
  /** The issuer that has the record door. */
  issuer: string;
  /** The source: a client with scope `counterfoil:record`. */
  clientId: string;
  /** Its private P-256 key, as a JWK. */
  clientKey: object;
  /** How long a token waits for the door before it is refused: 3000. */
  waitMs?: number;
}

export declare class RecordDoor {
  constructor(options: RecordDoorOptions);
  /** Records a compact JWS. Until this has given its place, the token must not be released. */
  record(token: string): Promise<{ log: string; position: number }>;
}

/** Has a provider of the package oidc-provider record each JWT access token and ID token before it releases it. */
export declare function recordTokens(provider: object, door: Pick<RecordDoor, 'record'>): void;
