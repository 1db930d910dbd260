package dev.counterfoil.signin.sessions;

import java.time.Instant;
import java.util.List;

/**
 * A person who is signed in at one browser.
 *
 * @param id public handle, base64url: {@code sid} of ID tokens; it stays when the same person
 *     proves again that it is they
 * @param subject the person
 * @param authTime when the person last proved it, to the millisecond
 * @param amr how (RFC 8176): {@code pop}, {@code user} and {@code mfa} for a passkey that was
 *     unlocked, {@code pwd} for a password, with {@code otp} and {@code mfa} behind a one-time
 *     code, {@code fed} of our own for another provider
 * @param acr how well: {@link #PHISHING_RESISTANT}, {@link #TWO_FACTORS}, {@link #FEDERATED} or
 *     {@link #PASSWORD}
 */
public record Session(String id, String subject, Instant authTime, List<String> amr, String acr) {
  /** Phishing-resistant (OpenID Connect Extended Authentication Profile, 4). */
  public static final String PHISHING_RESISTANT = "phr";

  /** A password and a one-time code. */
  public static final String TWO_FACTORS = "mfa";

  /** Another provider said so: what the person proved there is its to know. */
  public static final String FEDERATED = "fed";

  /** A password alone. */
  public static final String PASSWORD = "pwd";

  public Session {
    amr = List.copyOf(amr);
  }
}
