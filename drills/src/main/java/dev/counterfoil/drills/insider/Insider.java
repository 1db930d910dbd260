package dev.counterfoil.drills.insider;

import dev.counterfoil.drills.mail.DovecotSettings.Staff;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.rules.RuleEngine;
import dev.counterfoil.rules.RuleEvent;
import dev.counterfoil.rules.RuleFiles;
import dev.counterfoil.rules.RuleMatch;
import dev.counterfoil.rules.RuleSet;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * An administrator of the mail system reads another person's mail without a task. The audit log
 * alone shows it: who, whose mailbox, which messages, and that nobody else did.
 */
public final class Insider extends Drill {
  private static final String RULE = "Staff reads a mailbox without a task";
  private static final String VICTIM = "alice";
  private static final String HELPED = "bob";

  /** The name of a Unix user is the name under which a task begins. */
  private static final String HONEST = System.getProperty("user.name");

  private static final String INSIDER = "mallory";

  public Insider() {
    super("insider");
  }

  private static Staff staff(String name, SecureRandom random) {
    byte[] password = new byte[16];
    random.nextBytes(password);
    return new Staff(name, HexFormat.of().formatHex(password));
  }

  @Override
  protected void play(DrillRun run) throws Exception {
    Staff honest = staff(HONEST, run.random());
    Staff insider = staff(INSIDER, run.random());
    MailStage stage = new MailStage(run, List.of(VICTIM, HELPED), List.of(honest, insider));

    run.act(1, "as always");
    int own = stage.reads(VICTIM) + stage.reads(HELPED);
    stage.beginTask("ticket 4711: mail of " + HELPED + " does not arrive");
    int helped = stage.reads(honest, HELPED);
    stage.ship();
    List<RuleMatch> before = matches(recorded(stage, own + helped));
    run.observe(
        "insider.honest",
        before.isEmpty(),
        before.isEmpty()
            ? "%d messages read by their owners, %d for a task: no rule matches"
                .formatted(own, helped)
            : "matched: " + before.getFirst().toJson());

    run.act(2, "an administrator is curious");
    int read = stage.reads(insider, VICTIM);
    run.says("%s reads %d messages of %s".formatted(INSIDER, read, VICTIM));
    stage.ship();

    run.act(3, "the audit log");
    List<JsonObject> recorded = recorded(stage, own + helped + read);
    List<RuleMatch> found = matches(recorded);
    Map<String, String> suspect =
        Map.of("actor.user.uid", INSIDER, "metadata.tenant_uid", MailStage.TENANT);
    run.observe(
        "insider.found",
        !found.isEmpty() && found.stream().allMatch(match -> match.group().equals(suspect)),
        found.isEmpty()
            ? "no rule matches"
            : found.size()
                + " readings by "
                + found.stream()
                    .map(match -> match.group().get("actor.user.uid"))
                    .distinct()
                    .toList());
    Set<String> touched = new TreeSet<>();
    Set<String> items = new TreeSet<>();
    for (JsonObject event : recorded) {
      if (isBy(event, INSIDER) && event.has("databucket")) {
        touched.add(event.object("databucket").string("name"));
        items.addAll(event.strings("item_uids"));
      }
    }
    run.observe(
        "insider.touched",
        touched.equals(Set.of(VICTIM)) && items.size() == read,
        "mailboxes " + touched + ", " + items.size() + " of " + read + " messages");
  }

  private static boolean isBy(JsonObject event, String name) throws FormatException {
    return event.has("actor")
        && event.object("actor").get("user") instanceof JsonObject user
        && name.equals(user.get("uid"));
  }

  /** What the audit log has, once all messages that were read are in it. */
  private static List<JsonObject> recorded(MailStage stage, int read)
      throws IOException, InterruptedException {
    List<JsonObject> recorded = new ArrayList<>();
    Await.require(
        read + " readings in the audit log",
        () -> {
          stage.ship();
          recorded.clear();
          recorded.addAll(stage.recorded());
          return recorded.stream().filter(event -> event.has("databucket")).count() >= read;
        });
    return recorded;
  }

  /** What the rule that comes with Counterfoil makes of these events, and of no others. */
  private static List<RuleMatch> matches(List<JsonObject> events) throws FormatException {
    RuleEngine engine =
        new RuleEngine(
            RuleSet.of(RuleFiles.shipped().documents()),
            RuleFiles.ownFields(),
            RuleEngine.Limits.DEFAULT);
    List<RuleMatch> found = new ArrayList<>();
    for (JsonObject event : events) {
      engine.take(
          new RuleEvent(
              event,
              event.number("time"),
              Long.toString(event.object("metadata").number("sequence"))),
          found::add);
    }
    engine.end(found::add);
    return found.stream().filter(match -> match.rule().title().equals(RULE)).toList();
  }
}
