package dev.counterfoil.disclosure.clocks;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A file of rules (spec/disclosure.md), with who reviewed it and when.
 *
 * @param id such as {@code eu}
 * @param version counted up with every change
 * @param reviewedOn the day of the last review, or {@code never}
 * @param rules its rules
 */
public record ClockPack(String id, long version, String reviewedOn, List<ClockRule> rules) {
  private static final List<String> BUILT_IN =
      List.of("eu.json", "us.json", "fedramp.json", "web-pki.json");
  private static final int BYTES_MAX = 1 << 20;

  public ClockPack {
    rules = List.copyOf(rules);
  }

  /** The packs that are built in, and those of the operator. */
  public static List<ClockPack> all(List<Path> own) throws IOException {
    List<ClockPack> packs = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (String name : BUILT_IN) {
      try (InputStream in = Objects.requireNonNull(ClockPack.class.getResourceAsStream(name))) {
        packs.add(read(name, in));
      }
    }
    for (Path file : own) {
      try (InputStream in = Files.newInputStream(file)) {
        packs.add(read(file.toString(), in));
      }
    }
    for (ClockPack pack : packs) {
      for (ClockRule rule : pack.rules) {
        if (!ids.add(rule.id())) {
          throw new IOException("clock rule " + rule.id() + " stands in two files");
        }
      }
    }
    return packs;
  }

  private static ClockPack read(String name, InputStream in) throws IOException {
    try {
      return parse(in.readNBytes(BYTES_MAX + 1));
    } catch (FormatException e) {
      throw new IOException("clocks in " + name + ": " + e.getMessage(), e);
    }
  }

  /** Reads a file. */
  public static ClockPack parse(byte[] file) throws FormatException {
    JsonObject json = StrictJson.object(file, BYTES_MAX);
    json.allowOnly("v", "pack", "version", "reviewed_on", "calendar", "rules");
    if (json.number("v") != 1) {
      throw new FormatException("the file is of another version");
    }
    BusinessCalendar calendar = BusinessCalendar.parse(json.object("calendar"));
    List<ClockRule> rules = new ArrayList<>();
    for (JsonObject rule : json.objects("rules")) {
      rules.add(ClockRule.parse(rule, calendar));
    }
    return new ClockPack(
        json.string("pack"), json.number("version"), json.string("reviewed_on"), rules);
  }

  /** A rule by its id. */
  public static Optional<ClockRule> rule(List<ClockPack> packs, String id) {
    return packs.stream()
        .flatMap(pack -> pack.rules.stream())
        .filter(rule -> rule.id().equals(id))
        .findFirst();
  }
}
