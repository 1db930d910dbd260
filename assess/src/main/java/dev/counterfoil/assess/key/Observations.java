package dev.counterfoil.assess.key;

import dev.counterfoil.assess.fetch.AssessmentException;
import dev.counterfoil.assess.fetch.Json;
import dev.counterfoil.assess.fetch.Printable;
import dev.counterfoil.assess.finding.AssessmentFindings;
import dev.counterfoil.assess.finding.KeyFinding;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * When each key of each set was first and last seen, kept in a file from run to run. It makes key
 * age known where no certificate states it, and a reused {@code kid} visible. The file holds public
 * facts only. Of two runs at the same time the later to finish wins.
 */
public final class Observations {
  private static final String FORMAT = "counterfoil-assess-observations-1";
  private static final long FILE_BYTES_MAXIMUM = 16L << 20;

  /** Keys remembered of one set; beyond it those not seen for longest are forgotten. */
  private static final int KEYS_PER_SET_MAXIMUM = 1000;

  /** What is known of one key. */
  public record Seen(String thumbprint, Optional<String> kid, Instant first, Instant last) {}

  private static final class SetHistory {
    Instant lastRun;
    @Nullable Instant runBefore;
    final Map<String, Seen> keys = new TreeMap<>();

    SetHistory(Instant lastRun) {
      this.lastRun = lastRun;
    }
  }

  private final Map<String, SetHistory> sets = new TreeMap<>();

  private Observations() {}

  /** Remembers nothing from before. */
  public static Observations empty() {
    return new Observations();
  }

  /**
   * Reads the file; a missing one is a first run.
   *
   * @throws AssessmentException if the file is there and is not one of ours: it is never
   *     overwritten then
   */
  public static Observations load(Path file) {
    if (!Files.exists(file)) {
      return empty();
    }
    try {
      if (Files.size(file) > FILE_BYTES_MAXIMUM) {
        throw new AssessmentException(
            "Observations file "
                + file
                + " is longer than "
                + FILE_BYTES_MAXIMUM
                + " bytes: move it away and start a new one.");
      }
      return switch (Json.parseObject(Files.readString(file))) {
        case Json.Parsed.Document document -> parse(document.object());
        case Json.Parsed.Unreadable unreadable -> throw new DateTimeException(unreadable.why());
      };
    } catch (IOException | DateTimeException e) {
      throw new AssessmentException(
          "Observations file "
              + file
              + " cannot be read ("
              + e.getMessage()
              + "): give another path, or move it away to start a new one.",
          e);
    }
  }

  private static Observations parse(ObjectNode root) {
    if (!Json.text(root, "format").equals(Optional.of(FORMAT))) {
      throw new DateTimeException("its format is not " + FORMAT);
    }
    Observations observations = new Observations();
    for (JsonNode set : root.path("key-sets").values()) {
      SetHistory history = new SetHistory(instant(set, "last-run"));
      for (JsonNode key : set.path("keys").values()) {
        Seen seen =
            new Seen(
                Json.text(key, "thumbprint")
                    .orElseThrow(() -> new DateTimeException("a key has no thumbprint")),
                Json.text(key, "kid"),
                instant(key, "first-seen"),
                instant(key, "last-seen"));
        history.keys.put(seen.thumbprint(), seen);
      }
      observations.sets.put(
          Json.text(set, "address")
              .orElseThrow(() -> new DateTimeException("a key set has no address")),
          history);
    }
    return observations;
  }

  private static Instant instant(JsonNode object, String member) {
    return Instant.parse(
        Json.text(object, member).orElseThrow(() -> new DateTimeException("no " + member)));
  }

  /** Takes in what a set holds now, and says which names have changed their meaning. */
  public void record(PublishedKeySet set, Instant now, AssessmentFindings findings) {
    @Nullable SetHistory known = sets.get(set.address().toString());
    SetHistory history = known == null ? new SetHistory(now) : known;
    if (known != null) {
      history.runBefore = known.lastRun;
      history.lastRun = now;
    }
    sets.put(set.address().toString(), history);
    for (PublishedKey key : set.signingKeys()) {
      if (key.thumbprint().isEmpty()) {
        continue;
      }
      String thumbprint = key.thumbprint().get();
      history.keys.values().stream()
          .filter(before -> key.kid().isPresent() && before.kid().equals(key.kid()))
          .filter(before -> !before.thumbprint().equals(thumbprint) && before.last().isBefore(now))
          .forEach(
              before ->
                  findings.add(
                      KeyFinding.KID_REUSED,
                      set.name(key)
                          + ": until "
                          + before.last()
                          + " it stood for the key with thumbprint "
                          + Printable.of(before.thumbprint())));
      @Nullable Seen before = history.keys.get(thumbprint);
      history.keys.put(
          thumbprint, new Seen(thumbprint, key.kid(), before == null ? now : before.first(), now));
    }
  }

  /** When the key was first seen in the set; empty when the set was not recorded. */
  public Optional<Instant> firstSeen(URI set, String thumbprint) {
    return Optional.ofNullable(sets.get(set.toString()))
        .flatMap(history -> Optional.ofNullable(history.keys.get(thumbprint)))
        .map(Seen::first);
  }

  /**
   * For a key that this run saw for the first time: when the set was last seen without it. Empty
   * when the key was known before, or this is the first run.
   */
  public Optional<Instant> lastSeenWithout(URI set, String thumbprint) {
    @Nullable SetHistory history = sets.get(set.toString());
    if (history == null
        || history.runBefore == null
        || !history.runBefore.isBefore(history.lastRun)) {
      return Optional.empty();
    }
    @Nullable Seen seen = history.keys.get(thumbprint);
    return seen != null && seen.first().equals(history.lastRun)
        ? Optional.of(history.runBefore)
        : Optional.empty();
  }

  /**
   * Writes the file beside the old one and renames it over: a crash leaves one or the other.
   *
   * @throws AssessmentException if it cannot be written
   */
  public void save(Path file) {
    ObjectNode root = Json.MAPPER.createObjectNode().put("format", FORMAT);
    ArrayNode list = root.putArray("key-sets");
    sets.forEach(
        (address, history) -> {
          ObjectNode set =
              list.addObject().put("address", address).put("last-run", history.lastRun.toString());
          ArrayNode keys = set.putArray("keys");
          List<Seen> newest = new ArrayList<>(history.keys.values());
          newest.sort(Comparator.comparing(Seen::last).reversed());
          for (Seen key : newest.subList(0, Math.min(newest.size(), KEYS_PER_SET_MAXIMUM))) {
            ObjectNode entry = keys.addObject().put("thumbprint", key.thumbprint());
            key.kid().ifPresent(kid -> entry.put("kid", kid));
            entry.put("first-seen", key.first().toString()).put("last-seen", key.last().toString());
          }
        });
    Path absolute = file.toAbsolutePath();
    Path beside = absolute.resolveSibling(absolute.getFileName() + ".new");
    try {
      Files.write(beside, Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root));
      Files.move(
          beside, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new AssessmentException(
          "Observations file "
              + file
              + " cannot be written ("
              + e
              + "): check that its folder exists and is yours.",
          e);
    }
  }
}
