package dev.counterfoil.console.session;

import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.verifier.Verified;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who is signed in, in memory alone: after a start people are sent to the authority once more,
 * which knows them. What a person may see is decided here, and the default is nothing.
 */
public final class ConsoleSessions {
  /** Most sessions at one time. */
  static final int SESSIONS_MAX = 5_000;

  /** Of them, of one person: the oldest gives way. */
  static final int SESSIONS_OF_ONE_MAX = 10;

  /** An access token is renewed so long before its end. */
  private static final Duration RENEW_BEFORE = Duration.ofSeconds(30);

  private final Map<String, ConsoleSession> sessions = new ConcurrentHashMap<>();
  private final List<ConsoleClient> clients;
  private final String group;
  private final Duration life;
  private final InstantSource clock;
  private final SecureRandom random;

  /**
   * No session yet.
   *
   * @param group whose members may see the console
   * @param life longest life of a session
   */
  public ConsoleSessions(
      List<ConsoleClient> clients,
      String group,
      Duration life,
      InstantSource clock,
      SecureRandom random) {
    this.clients = List.copyOf(clients);
    this.group = group;
    this.life = life;
    this.clock = clock;
    this.random = random;
  }

  /** What came of a sign-in. */
  public sealed interface Outcome {}

  /**
   * The person is signed in.
   *
   * @param secret that the browser keeps
   */
  public record SignedIn(String secret) implements Outcome {}

  /** The person is who they are, and may not see the console. */
  public record Denied() implements Outcome {}

  /** The client of a tenant's people; the only one, where there is one. */
  public Optional<ConsoleClient> client(String tenant) {
    return clients.size() == 1
        ? Optional.of(clients.getFirst())
        : clients.stream().filter(client -> client.tenant().equals(tenant)).findFirst();
  }

  /** Whether a person has to say whose people they are. */
  public boolean asksTenant() {
    return clients.size() > 1;
  }

  /**
   * Ends a sign-in.
   *
   * @throws ConsoleClient.RefusedException when it does not count
   */
  public Outcome signIn(SignInDraft draft, String state, String code) throws IOException {
    ConsoleClient client =
        client(draft.tenant())
            .orElseThrow(() -> new ConsoleClient.RefusedException("there is no such tenant"));
    if (!MessageDigest.isEqual(bytes(draft.state()), bytes(state))) {
      throw new ConsoleClient.RefusedException("the answer is for another browser");
    }
    ConsoleClient.Tokens tokens = client.take(code, draft);
    Verified person = client.person(tokens);
    if (!(person.claims().get("nonce") instanceof String nonce)
        || !MessageDigest.isEqual(bytes(draft.nonce()), bytes(nonce))) {
      throw new ConsoleClient.RefusedException("the ID token is for another sign-in");
    }
    String name =
        person.claims().get("preferred_username") instanceof String said ? said : person.subject();
    if (!ConsoleClient.groups(person).contains(group)) {
      return new Denied();
    }
    byte[] secret = new byte[32];
    random.nextBytes(secret);
    String cookie = Base64Url.encode(secret);
    Instant now = clock.instant();
    ConsoleSession session =
        new ConsoleSession(key(cookie), client, person.subject(), name, now.plus(life), tokens);
    makeRoom(person.subject(), now);
    sessions.put(session.key(), session);
    return new SignedIn(cookie);
  }

  private synchronized void makeRoom(String subject, Instant now) {
    sessions.values().removeIf(session -> !session.endsAt().isAfter(now));
    List<ConsoleSession> own = new ArrayList<>();
    for (ConsoleSession session : sessions.values()) {
      if (session.subject().equals(subject)) {
        own.add(session);
      }
    }
    own.sort(Comparator.comparing(ConsoleSession::endsAt));
    for (int i = 0; i <= own.size() - SESSIONS_OF_ONE_MAX; i++) {
      sessions.remove(own.get(i).key());
    }
    if (sessions.size() >= SESSIONS_MAX) {
      sessions.values().stream()
          .min(Comparator.comparing(ConsoleSession::endsAt))
          .ifPresent(oldest -> sessions.remove(oldest.key()));
    }
  }

  /**
   * The session of a browser, with an access token that is good for now.
   *
   * @return empty where there is none, or the authority ended it, or the person left the group
   * @throws IOException when the authority does not answer
   */
  public Optional<ConsoleSession> find(String secret) throws IOException {
    ConsoleSession session = sessions.get(key(secret));
    Instant now = clock.instant();
    if (session == null || !session.endsAt().isAfter(now)) {
      return Optional.empty();
    }
    session.renewing().lock();
    try {
      if (now.isBefore(session.tokens().expiresAt().minus(RENEW_BEFORE))) {
        return Optional.of(session);
      }
      ConsoleClient.Tokens renewed =
          session
              .client()
              .renew(
                  session
                      .tokens()
                      .refresh()
                      .orElseThrow(() -> new ConsoleClient.RefusedException("it ends")));
      Verified person = session.client().person(renewed);
      if (!person.subject().equals(session.subject())
          || !ConsoleClient.groups(person).contains(group)) {
        throw new ConsoleClient.RefusedException("the person may not see the console any more");
      }
      session.renewed(renewed);
      return Optional.of(session);
    } catch (ConsoleClient.RefusedException e) {
      end(session);
      return Optional.empty();
    } finally {
      session.renewing().unlock();
    }
  }

  /** Ends a session. */
  public void end(ConsoleSession session) {
    sessions.remove(session.key());
  }

  /** What its forms carry, so that they are known to be ours and this session's. */
  public static String formToken(String secret) {
    return Hash.sha256(bytes("form " + secret)).base64Url();
  }

  private static String key(String secret) {
    return Hash.sha256(bytes("session " + secret)).base64Url();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
