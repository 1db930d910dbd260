package dev.counterfoil.monitor.incidents;

import dev.counterfoil.format.bytes.JsonObject;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What findings of one incident have in common.
 *
 * @param kind what it is
 * @param value its name; people, clients and addresses with their tenant's
 */
record Clue(Kind kind, String value) {
  /** Findings of a key belong together where the key itself is in question. */
  private static final Set<String> OF_KEYS =
      Set.of(
          "forged-token",
          "digest-differs",
          "key-out-of-scope",
          "unknown-key",
          "withdrawn-key-used",
          "canary-key-used");

  /** What can be shared, and for how long after it was last seen. */
  enum Kind {
    /** A key that is in question. */
    KEY(Duration.ofDays(30)),
    /** A token's identifier or digest. */
    TOKEN(Duration.ofDays(30)),
    /** A grant or session: all tokens that come from it. */
    FAMILY(Duration.ofDays(30)),
    /** A log. */
    LOG(Duration.ofDays(30)),
    /** A person or other subject of tokens. */
    PERSON(Duration.ofDays(1)),
    /** A client. */
    CLIENT(Duration.ofDays(1)),
    /** A network address: many share one. */
    ADDRESS(Duration.ofDays(1));

    private final Duration window;

    Kind(Duration window) {
      this.window = window;
    }

    Duration window() {
      return window;
    }
  }

  /** What is found in the JSON of a finding. */
  static Set<Clue> of(JsonObject finding) {
    Set<Clue> clues = new LinkedHashSet<>();
    String kind = text(finding, "kind").orElse("");
    JsonObject detail =
        finding.get("detail") instanceof JsonObject of ? of : JsonObject.builder().build();
    // Of a token how it was presented, of a rule whom its event names.
    JsonObject who =
        detail.get("presented") instanceof JsonObject presented
            ? presented
            : detail.get("who") instanceof JsonObject named ? named : detail;
    if (OF_KEYS.contains(kind)) {
      add(clues, Kind.KEY, text(finding, "kid"));
    }
    Optional<String> jti = text(finding, "jti");
    Optional<String> digest = text(finding, "digest");
    add(clues, Kind.TOKEN, jti);
    add(clues, Kind.TOKEN, digest);
    add(clues, Kind.TOKEN, text(who, "token"));
    if (jti.isEmpty() && digest.isEmpty()) {
      add(clues, Kind.LOG, text(finding, "log").or(() -> text(detail, "log")));
    }
    add(clues, Kind.FAMILY, text(detail, "grant"));
    add(clues, Kind.FAMILY, text(who, "session"));
    String tenant = text(who, "tenant").orElse("") + "/";
    add(
        clues,
        Kind.PERSON,
        text(who, "sub")
            .or(() -> text(who, "person"))
            .or(() -> text(who, "actor"))
            .map(tenant::concat));
    add(
        clues,
        Kind.CLIENT,
        text(who, "client_id").or(() -> text(who, "client")).map(tenant::concat));
    add(
        clues,
        Kind.ADDRESS,
        text(who, "client_address").or(() -> text(who, "address")).map(tenant::concat));
    return clues;
  }

  private static void add(Set<Clue> clues, Kind kind, Optional<String> value) {
    value.ifPresent(one -> clues.add(new Clue(kind, one)));
  }

  private static Optional<String> text(JsonObject json, String member) {
    return json.get(member) instanceof String text && !text.isEmpty()
        ? Optional.of(text)
        : Optional.empty();
  }

  /** As it is kept. */
  String text() {
    return kind.name().toLowerCase(Locale.ROOT) + " " + value;
  }
}
