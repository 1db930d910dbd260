package dev.counterfoil.cli.audit.verification;

import dev.counterfoil.audit.bundle.AuditBundle;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.Shown;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.note.CosignerKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The words of custodians in an export: whose count, and what they come to.
 *
 * @param keys of those whose words count
 * @param required those who have to say that they hold every event of the file
 */
public record HeldWords(List<CosignerKey> keys, List<CosignerKey> required) {
  /**
   * Those that were named, or else those of the installation.
   *
   * @param named vkeys
   * @param isElsewhere whether the installation is not asked
   */
  static HeldWords of(List<String> named, boolean isElsewhere, InstallationOptions installation) {
    try {
      List<CosignerKey> keys = new ArrayList<>();
      for (String vkey : named) {
        keys.add(CosignerKey.parse(vkey));
      }
      if (keys.isEmpty() && !isElsewhere && installation.hasContext()) {
        for (String vkey : installation.context().auditCustodians()) {
          keys.add(CosignerKey.parse(vkey));
        }
        return new HeldWords(keys, List.of());
      }
      return new HeldWords(keys, keys);
    } catch (FormatException e) {
      throw CommandFailure.environment("--held-by: " + e.getMessage());
    }
  }

  /** Of those who have to say something, those who do not. */
  private List<String> silent(AuditBundle.Proved proved) {
    return required.stream()
        .filter(key -> proved.held().stream().noneMatch(word -> isOf(word, key)))
        .map(CosignerKey::name)
        .toList();
  }

  /** Whether those who have to say something say that they hold every event of the file. */
  boolean areHeld(AuditBundle.Proved proved) {
    return against(proved).isEmpty();
  }

  /** What each of those says instead who has to say that he holds every event of the file. */
  List<String> against(AuditBundle.Proved proved) {
    List<String> against = new ArrayList<>();
    for (CosignerKey key : required) {
      Optional<AuditBundle.Held> said =
          proved.held().stream().filter(word -> isOf(word, key)).findFirst();
      String name = PlainText.of(key.name(), 255);
      if (said.isEmpty()) {
        against.add("custodian " + name + " makes no statement in this file");
      } else if (said.get().covers() != all(proved)) {
        against.add(
            "custodian %s holds %d of the %d events in this file"
                .formatted(name, said.get().covers(), all(proved)));
      }
    }
    return against;
  }

  private static boolean isOf(AuditBundle.Held word, CosignerKey key) {
    return word.believed() && word.custodian().equals(key);
  }

  private static long all(AuditBundle.Proved proved) {
    return proved.events() + proved.deleted();
  }

  List<JsonObject> toJson(AuditBundle.Proved proved) {
    List<JsonObject> all = new ArrayList<>();
    for (AuditBundle.Held word : proved.held()) {
      JsonObject.Builder one =
          JsonObject.builder()
              .put("custodian", word.custodian().name())
              .put("checked", word.believed());
      if (word.believed()) {
        one.put("size", word.size()).put("said_at", word.saidAt()).put("covers", word.covers());
      }
      if (word.countedSize() >= 0) {
        one.put("counted_size", word.countedSize()).put("counted", word.counted());
      }
      all.add(one.build());
    }
    for (String name : silent(proved)) {
      all.add(JsonObject.builder().put("custodian", name).put("silent", true).build());
    }
    return all;
  }

  /** For people. */
  void say(AuditBundle.Proved proved) {
    proved.held().forEach(word -> say(word, proved));
    for (String name : silent(proved)) {
      System.out.println(
          "Not proved: that custodian "
              + PlainText.of(name, 255)
              + " holds them. It makes no statement in this file.");
    }
    if (proved.held().isEmpty()) {
      System.out.println(
          "This file contains no custodian's statement about the events. It does not show whether"
              + " anybody else holds these events.");
    }
  }

  private static void say(AuditBundle.Held word, AuditBundle.Proved proved) {
    String name = PlainText.of(word.custodian().name(), 255);
    if (!word.believed()) {
      System.out.printf(
          "Not checked: custodian %s states here that it holds events. To check that,"
              + " give its key with --held-by.%n",
          name);
      return;
    }
    long all = all(proved);
    System.out.printf(
        "Held: custodian %s stated at %s, %s, that it holds the log's first %d entries: %s.%n",
        name,
        Instant.ofEpochSecond(word.saidAt()),
        Shown.ago(Instant.ofEpochSecond(word.saidAt())),
        word.size(),
        word.covers() == all
            ? "all of these events"
            : word.covers()
                + " of these events. It makes no statement about "
                + (all - word.covers())
                + " others");
    if (word.countedSize() < 0 && proved.complete()) {
      System.out.println("  It does not state here how many of them belong to the tenant.");
    }
    if (word.countedSize() >= 0) {
      System.out.printf(
          "  It states that %2$d of the first %1$d belong to the tenant, as many as"
              + " are here%3$s.%n",
          word.countedSize(), word.counted(), proved.since() > 0 ? ", counting those before" : "");
    }
  }
}
