package dev.counterfoil.format.word;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.Spelled;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.TokenId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What one process that verifies tokens says of its own state (spec/acknowledgements.md): how much
 * of the key log it holds, and so which keys it takes and which it refuses.
 *
 * @param instance the process's name for itself, unlike any other's of the same client
 * @param domain the trust domain whose tokens it verifies
 * @param at its own clock, to the millisecond
 * @param services audiences for which it was asked to verify
 * @param keyLog how much of the key log it has mirrored
 * @param counted size of the key log from which it takes what gives trust: below {@code keyLog}
 *     while witnesses have not cosigned the rest
 * @param lag how old the newest head is that it has
 * @param keys thumbprints of keys whose tokens it takes, the newest ones
 * @param mode how it makes sure that a token was issued
 * @param logs heads of token logs as it has seen them
 * @param streamLag for how long nothing is known of the tip of one of the logs whose leaves it
 *     receives; empty where it receives none
 * @param unsent for how long sightings have waited that the monitor has not taken; empty while it
 *     takes them at once
 * @param leaving whether it ends, and nothing is to be expected of it any more
 */
public record Acknowledgement(
    String instance,
    String domain,
    Instant at,
    List<String> services,
    View keyLog,
    long counted,
    Duration lag,
    List<String> keys,
    Mode mode,
    List<NamedView> logs,
    Optional<Duration> streamLag,
    Optional<Duration> unsent,
    boolean leaving) {
  /** Longest acknowledgement, in bytes. */
  public static final int BYTES_MAX = 64 * 1024;

  /** Most services that are named. */
  public static final int SERVICES_MAX = 16;

  /** Most keys that are named. */
  public static final int KEYS_MAX = 256;

  /** Most logs whose heads are named. */
  public static final int LOGS_MAX = 16;

  /** Longest name of an instance, a domain or a service, in characters. */
  public static final int TEXT_MAX = 256;

  /** Sightings that wait for less are on their way, and not mentioned. */
  public static final Duration UNSENT_AT_ONCE = Duration.ofSeconds(1);

  private static final int THUMBPRINT_LENGTH = 43;
  private static final long MS_MAX = 100_000_000_000_000L;

  /** A log as it was seen at one size. */
  public record View(long size, Hash root) {
    JsonObject.Builder toJson() {
      return JsonObject.builder().put("size", size).put("root", root.base64Url());
    }
  }

  /** The same, of a log with its short name. */
  public record NamedView(String log, View view) {}

  /** How a process makes sure that a token was issued. */
  public enum Mode implements Spelled {
    /** Reads tiles of the log. */
    TILES,
    /** Receives every leaf. */
    STREAM,
    /** Takes proofs that clients send along. */
    STAPLED,
    /** Asks for a proof of each token. */
    ONLINE,
    /** Accepts, and reports. */
    REPORT;

    static Mode parse(String text) throws FormatException {
      return Spelled.parse(Mode.class, text, "member mode is none that is known");
    }
  }

  public Acknowledgement {
    services = List.copyOf(services);
    keys = List.copyOf(keys);
    logs = List.copyOf(logs);
    if (services.size() > SERVICES_MAX || keys.size() > KEYS_MAX || logs.size() > LOGS_MAX) {
      throw new IllegalArgumentException("an acknowledgement names too much");
    }
  }

  /** The same from a process that ends. */
  public Acknowledgement left(Instant now) {
    return with(now, lag, unsent, true);
  }

  /** The same said again later: what it has may be older by that. */
  public Acknowledgement again(Instant now) {
    Duration since = Duration.between(at, now);
    return with(now, since.isNegative() ? lag : lag.plus(since), unsent, leaving);
  }

  /** The same while sightings wait for so long. */
  public Acknowledgement waiting(Optional<Duration> since) {
    return with(at, lag, since, leaving);
  }

  private Acknowledgement with(
      Instant when, Duration age, Optional<Duration> waits, boolean leaves) {
    return new Acknowledgement(
        instance, domain, when, services, keyLog, counted, age, keys, mode, logs, streamLag, waits,
        leaves);
  }

  /** The JSON. */
  public JsonObject toJson() {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("v", 1)
            .put("instance", instance)
            .put("domain", domain)
            .put("at_ms", at.toEpochMilli())
            .put("services", services)
            .put(
                "key_log",
                keyLog.toJson().put("counted", counted).put("lag_ms", lag.toMillis()).build())
            .put("keys", keys)
            .put("mode", mode.text())
            .put(
                "logs",
                logs.stream()
                    .map(
                        log ->
                            JsonObject.builder()
                                .put("name", log.log())
                                .put("size", log.view().size())
                                .put("root", log.view().root().base64Url())
                                .build())
                    .toList());
    streamLag.ifPresent(behind -> json.put("stream_lag_ms", behind.toMillis()));
    unsent.ifPresent(since -> json.put("unsent_ms", since.toMillis()));
    return leaving ? json.put("leaving", true).build() : json.build();
  }

  /**
   * Reads one.
   *
   * @throws FormatException also for one that names more than it may
   */
  public static Acknowledgement parse(JsonObject json) throws FormatException {
    json.allowOnly(
        "v",
        "instance",
        "domain",
        "at_ms",
        "services",
        "key_log",
        "keys",
        "mode",
        "logs",
        "stream_lag_ms",
        "unsent_ms",
        "leaving");
    if (json.number("v") != 1) {
      throw new FormatException("version is not supported");
    }
    JsonObject keyLog = json.object("key_log");
    keyLog.allowOnly("size", "root", "counted", "lag_ms");
    View view = view(keyLog);
    long counted = KeySet.position(keyLog, "counted");
    if (counted > view.size()) {
      throw new FormatException("member counted is larger than what is held");
    }
    List<NamedView> logs = new ArrayList<>();
    List<JsonObject> named = json.objects("logs");
    if (named.size() > LOGS_MAX) {
      throw new FormatException("more than " + LOGS_MAX + " logs");
    }
    for (JsonObject log : named) {
      log.allowOnly("name", "size", "root");
      String name = log.string("name");
      if (!TokenId.isLogName(name)) {
        throw new FormatException("a log's name is none");
      }
      logs.add(new NamedView(name, view(log)));
    }
    return new Acknowledgement(
        text(json.string("instance")),
        text(json.string("domain")),
        Instant.ofEpochMilli(ms(json, "at_ms")),
        texts(json, "services", SERVICES_MAX),
        view,
        counted,
        Duration.ofMillis(ms(keyLog, "lag_ms")),
        thumbprints(json),
        Mode.parse(json.string("mode")),
        logs,
        optionalMs(json, "stream_lag_ms"),
        optionalMs(json, "unsent_ms"),
        json.has("leaving") && json.truth("leaving"));
  }

  private static View view(JsonObject json) throws FormatException {
    return new View(KeySet.position(json, "size"), Hash.parseBase64Url(json.string("root")));
  }

  private static Optional<Duration> optionalMs(JsonObject json, String name)
      throws FormatException {
    return json.has(name) ? Optional.of(Duration.ofMillis(ms(json, name))) : Optional.empty();
  }

  private static long ms(JsonObject json, String name) throws FormatException {
    long value = json.number(name);
    if (value < 0 || value > MS_MAX) {
      throw new FormatException("member " + name + " is out of range");
    }
    return value;
  }

  private static List<String> thumbprints(JsonObject json) throws FormatException {
    List<String> keys = texts(json, "keys", KEYS_MAX);
    for (String key : keys) {
      if (key.length() != THUMBPRINT_LENGTH) {
        throw new FormatException("a key's thumbprint is none");
      }
      Hash.parseBase64Url(key);
    }
    return keys;
  }

  private static List<String> texts(JsonObject json, String name, int countMax)
      throws FormatException {
    List<String> texts = json.strings(name);
    if (texts.size() > countMax) {
      throw new FormatException("member " + name + " has more than " + countMax + " entries");
    }
    for (String text : texts) {
      text(text);
    }
    return texts;
  }

  private static String text(String text) throws FormatException {
    Optional<String> wrong =
        text.isEmpty() || text.length() > TEXT_MAX
            ? Optional.of("a name has 1 to " + TEXT_MAX + " characters")
            : text.chars().anyMatch(Character::isISOControl)
                ? Optional.of("a name has control characters")
                : Optional.empty();
    if (wrong.isPresent()) {
      throw new FormatException(wrong.get());
    }
    return text;
  }
}
