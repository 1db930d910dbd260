package dev.counterfoil.drills.mail;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.word.Sighting;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Joins a mail server's logins with the messages that were read in them, and turns both into
 * sightings. One sighting for a login, at once; what is read in a session is counted and goes out
 * in few sightings, since a client reads a whole mailbox in a second.
 *
 * <p>Safe for one thread that hears events and others that ask.
 */
public final class MailAccessLog implements Consumer<MailEvent> {
  /** What the mail server calls itself in sightings. */
  static final String SERVICE = "imap.mail.example";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  /**
   * One login and what was read in it.
   *
   * @param login the event
   * @param kid the key that the token names
   * @param issuer the issuer that the token names
   * @param read numbers of the messages read, each counted once
   */
  public record Session(MailEvent.Login login, String kid, String issuer, List<Long> read) {}

  private static final class Open {
    final MailEvent.Login login;
    final JsonNode header;
    final JsonNode claims;
    final List<Long> read = new ArrayList<>();
    boolean loginReported;
    int reported;
    String mailbox = "";
    Instant lastRead;

    Open(MailEvent.Login login) {
      this.login = login;
      this.header = json(login.header());
      this.claims = json(login.claims());
      this.lastRead = login.at();
    }
  }

  private final Map<String, Open> sessions = new LinkedHashMap<>();
  private int refusals;

  @Override
  public synchronized void accept(MailEvent event) {
    switch (event) {
      case MailEvent.Login login -> sessions.put(login.session(), new Open(login));
      case MailEvent.Refusal refusal -> refusals++;
      case MailEvent.MessageRead read -> {
        Open open = sessions.get(read.session());
        // Reads without a login began before the tail did; nothing is known of their token.
        if (open != null) {
          open.read.add(read.uid());
          open.mailbox = read.mailbox();
          open.lastRead = read.at();
        }
      }
    }
  }

  /** Sightings of everything heard since the last call. */
  public synchronized List<Sighting> drain() {
    List<Sighting> sightings = new ArrayList<>();
    for (Open open : sessions.values()) {
      if (!open.loginReported) {
        open.loginReported = true;
        sightings.add(sighting(open, "login", "INBOX", open.login.at(), 1));
      }
      int fresh = open.read.size() - open.reported;
      if (fresh > 0) {
        open.reported = open.read.size();
        sightings.add(sighting(open, "read", open.mailbox, open.lastRead, fresh));
      }
    }
    return sightings;
  }

  /** All logins that were let in so far. */
  public synchronized List<Session> sessions() {
    return sessions.values().stream()
        .map(
            open ->
                new Session(
                    open.login,
                    open.header.path("kid").asString(""),
                    open.claims.path("iss").asString(""),
                    List.copyOf(open.read)))
        .toList();
  }

  /** Logins that were turned away so far; of these the events tell no token. */
  synchronized int refusals() {
    return refusals;
  }

  private static Sighting sighting(
      Open open, String action, String mailbox, Instant at, long count) {
    JsonNode claims = open.claims;
    @Nullable Hash digest = open.login.digest().map(MailAccessLog::hash).orElse(null);
    return new Sighting(
        at,
        Sighting.ACCEPTED,
        digest == null ? Sighting.Grade.CLAIMS : Sighting.Grade.DIGEST,
        new Sighting.Token(
            digest,
            text(open.header, "kid"),
            text(claims, "iss"),
            text(claims, "tenant"),
            text(claims, "sub"),
            text(claims, "client_id"),
            text(claims, "jti"),
            number(claims, "iat"),
            number(claims, "exp")),
        new Sighting.Use(
            SERVICE,
            Sighting.fitting(open.login.user() + "/" + mailbox),
            action,
            Sighting.fitting(open.login.remoteAddress())),
        count,
        null,
        false);
  }

  /** The digest; what is none leaves the sighting without, which is of a lower grade then. */
  private static @Nullable Hash hash(String hexadecimal) {
    try {
      return Hash.parseHex(hexadecimal);
    } catch (FormatException e) {
      return null;
    }
  }

  private static @Nullable String text(JsonNode node, String name) {
    return Optional.of(node.path(name))
        .filter(JsonNode::isString)
        .map(JsonNode::asString)
        .map(Sighting::fitting)
        .orElse(null);
  }

  private static @Nullable Long number(JsonNode node, String name) {
    return node.path(name).isIntegralNumber() && node.path(name).canConvertToLong()
        ? node.path(name).asLong()
        : null;
  }

  /**
   * A token that the mail server took but whose parts are no JSON leaves nothing but its digest.
   */
  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JacksonException e) {
      return JSON.createObjectNode();
    }
  }
}
