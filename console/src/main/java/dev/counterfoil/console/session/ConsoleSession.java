package dev.counterfoil.console.session;

import dev.counterfoil.format.keylog.KeyCeiling;
import java.net.URI;
import java.time.Instant;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A person who is signed in. No record: its tokens are secrets, and stand in no text.
 *
 * <p>What it knows of the person is as of the last ID token, so a person who left the group is
 * signed out when the access token is renewed.
 */
public final class ConsoleSession {
  private final String key;
  private final ConsoleClient client;
  private final String subject;
  private final String name;
  private final Instant endsAt;
  private final ReentrantLock renewing = new ReentrantLock();
  private volatile ConsoleClient.Tokens tokens;

  ConsoleSession(
      String key,
      ConsoleClient client,
      String subject,
      String name,
      Instant endsAt,
      ConsoleClient.Tokens tokens) {
    this.key = key;
    this.client = client;
    this.subject = subject;
    this.name = name;
    this.endsAt = endsAt;
    this.tokens = tokens;
  }

  /** What it is kept under: a digest of the browser's secret. */
  String key() {
    return key;
  }

  ConsoleClient client() {
    return client;
  }

  /** Whose people they are. */
  public String tenant() {
    return client.tenant();
  }

  /** Whether they run the trust domain. */
  public boolean isOperator() {
    return tenant().equals(KeyCeiling.OWN_TENANT);
  }

  /** The person, as tokens say it. */
  public String subject() {
    return subject;
  }

  /** The person's user name, for people. */
  public String name() {
    return name;
  }

  Instant endsAt() {
    return endsAt;
  }

  ReentrantLock renewing() {
    return renewing;
  }

  ConsoleClient.Tokens tokens() {
    return tokens;
  }

  void renewed(ConsoleClient.Tokens now) {
    tokens = now;
  }

  /** With what the monitor is asked in the person's name. */
  public String accessToken() {
    return tokens.access();
  }

  /** Where the browser goes to sign out everywhere. */
  public String logout(URI after) {
    return client.logout(this, after);
  }

  /** With what the provider is told whose session ends. */
  String idToken() {
    return tokens.id();
  }
}
