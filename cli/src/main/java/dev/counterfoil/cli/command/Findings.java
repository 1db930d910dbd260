package dev.counterfoil.cli.command;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.operations.containment.ForgedKeys;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the monitor's findings over its admin socket. */
public final class Findings {
  private Findings() {}

  /** Findings in the order in which they were raised. */
  public static List<JsonObject> read(MonitorAdmin monitor, JsonObject filter) throws IOException {
    List<JsonObject> found = new ArrayList<>();
    monitor.findings(filter, found::add);
    return found;
  }

  /**
   * Says on standard error that the monitor lost what it knew, where it did: then silence proves
   * nothing of the time before.
   *
   * @return whether it did
   */
  public static boolean tellsLoss(MonitorAdmin monitor) throws IOException {
    Optional<Instant> lostBefore = ForgedKeys.lostBefore(monitor, Optional.empty());
    lostBefore.ifPresent(at -> System.err.println(lost(at)));
    return lostBefore.isPresent();
  }

  private static String lost(Instant before) {
    return "INCOMPLETE: the monitor lost what it saw before %s. If the audit log was not lost too, findings of before are there: counterfoil audit search --class 2004 --all"
        .formatted(before.truncatedTo(ChronoUnit.SECONDS));
  }

  private static final int NAME_CHARACTERS_MAX = 200;

  /** What the summary of a key's report says that the report may lack; empty if nothing. */
  public static List<String> lacks(JsonObject summary) {
    List<String> lacks = new ArrayList<>();
    if (summary.get("held") instanceof Long held
        && summary.get("published") instanceof Long published
        && held < published) {
      lacks.add(
          "INCOMPLETE: the monitor holds %d of the %d entries that the key's log published. Tokens"
                  .formatted(held, published)
              + " among the others are not listed.");
    }
    if (summary.get("lost_before_ms") instanceof Long at) {
      lacks.add(lost(Instant.ofEpochMilli(at)));
    }
    if (summary.get("unread") instanceof List<?> logs) {
      for (Object log : logs) {
        lacks.add("INCOMPLETE: " + unread((JsonObject) log));
      }
    }
    if (summary.get("unreported") instanceof List<?> verifiers) {
      for (Object one : verifiers) {
        lacks.add("INCOMPLETE: " + unreported((JsonObject) one));
      }
    }
    if (summary.get("refused_unchecked_at_home") instanceof Long refused && refused > 0) {
      lacks.add(
          "INCOMPLETE: %d tokens that name this key were refused by services that did not know it (key-unknown). Whether it signed them is not known. Find out why those services read an older key log: their policies may ask for witnesses that do not cosign."
              .formatted(refused));
    }
    if (summary.get("two_histories") instanceof List<?> logs && !logs.isEmpty()) {
      lacks.add(
          "INCOMPLETE: log %s has two histories. Tokens that are only in the other one are not"
                  .formatted(logs.stream().map(String::valueOf).collect(Collectors.joining(", ")))
              + " listed.");
    }
    return lacks;
  }

  private static String unreported(JsonObject verifier) {
    return "verifier %s of client %s %s. Tokens that it saw since %s may not be listed. Look at its connection to the monitor, then run this again."
        .formatted(
            PlainText.of(String.valueOf(verifier.get("instance")), NAME_CHARACTERS_MAX),
            PlainText.of(String.valueOf(verifier.get("client")), NAME_CHARACTERS_MAX),
            Boolean.TRUE.equals(verifier.get("waiting"))
                ? "could not deliver all that it saw"
                : "was not heard in time",
            verifier.get("until_ms") instanceof Long at
                ? Instant.ofEpochMilli(at).truncatedTo(ChronoUnit.SECONDS).toString()
                : "its start");
  }

  private static String unread(JsonObject log) {
    return "the monitor has not read log %s of domain %s since %s. Tokens that it published after that are not listed."
        .formatted(
            log.get("log"),
            log.get("domain"),
            log.get("read_at_ms") instanceof Long at
                ? Instant.ofEpochMilli(at).truncatedTo(ChronoUnit.SECONDS).toString()
                : "the monitor's start");
  }

  public static String sentence(JsonObject finding) throws IOException {
    try {
      return "%-8s  %-22s  %s"
          .formatted(finding.string("severity"), finding.string("kind"), finding.string("summary"));
    } catch (FormatException e) {
      throw new IOException("cannot understand the monitor's finding", e);
    }
  }

  /** When it was seen last, how often, which key it is about, and who presented the token where. */
  public static String context(JsonObject finding) throws IOException {
    try {
      StringBuilder line =
          new StringBuilder("          ")
              .append(
                  Instant.ofEpochMilli(finding.number("last_seen_ms"))
                      .truncatedTo(ChronoUnit.SECONDS));
      if (finding.number("count") > 1) {
        line.append(" (").append(finding.number("count")).append(" times)");
      }
      add(line, "key", finding.get("kid"));
      if (finding.get("detail") instanceof JsonObject detail
          && detail.get("presented") instanceof JsonObject presented) {
        add(line, "as", presented.get("sub"));
        add(line, "of tenant", presented.get("tenant"));
        add(line, "through", presented.get("client_id"));
        add(line, "from", presented.get("client_address"));
        add(line, "at", presented.get("service"));
      }
      return line.toString();
    } catch (FormatException e) {
      throw new IOException("cannot understand the monitor's finding", e);
    }
  }

  /** Whoever presents a token chooses its texts: none of them moves a cursor. */
  private static void add(StringBuilder line, String what, @Nullable Object value) {
    if (value instanceof String text) {
      line.append("  ").append(what).append(' ').append(PlainText.of(text, 80));
    }
  }
}
