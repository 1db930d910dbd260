package dev.counterfoil.disclosure.desk;

import dev.counterfoil.disclosure.clocks.ClockPage;
import dev.counterfoil.disclosure.desk.DisclosureConfiguration.OnDutyPeople;
import dev.counterfoil.disclosure.victims.MailRelay;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.outbound.GuardedAsks;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Calls the people on duty about deadlines. A call counts once one of their channels took it, and
 * is made again after a crash in between.
 */
final class OnDuty {
  /** Who calls, in the record. */
  static final String NAME = "on-duty";

  private static final int AT_ONCE = 20;
  private static final int OK = 2;
  private static final System.Logger LOG = System.getLogger(OnDuty.class.getName());

  private final DisclosureDesk desk;
  private final OnDutyPeople people;
  private final Optional<MailRelay> relay;
  private final GuardedAsks posts;
  private final InstantSource clock;

  /** Calls that were made and are not recorded yet, on a full disk. */
  private List<ClockPage> unrecorded = List.of();

  OnDuty(
      DisclosureDesk desk,
      OnDutyPeople people,
      Optional<MailRelay> relay,
      GuardedAsks posts,
      InstantSource clock) {
    this.desk = desk;
    this.people = people;
    this.relay = relay;
    this.posts = posts;
    this.clock = clock;
  }

  /**
   * Makes the calls that are due.
   *
   * @throws IOException when no channel took them, or they could not be recorded
   */
  void step() throws IOException, InterruptedException {
    if (unrecorded.isEmpty()) {
      List<ClockPage> due = desk.pages().stream().limit(AT_ONCE).toList();
      if (due.isEmpty()) {
        return;
      }
      call(due);
      unrecorded = due;
    }
    desk.paged(unrecorded);
    unrecorded = List.of();
  }

  private void call(List<ClockPage> due) throws IOException, InterruptedException {
    String text =
        due.stream().map(page -> page.words() + "\n").collect(Collectors.joining())
            + "\nAll deadlines: counterfoil clocks\n";
    String id = "deadlines-" + Hash.sha256(text.getBytes(StandardCharsets.UTF_8)).hex();
    List<IOException> failures = new ArrayList<>();
    int taken = 0;
    if (relay.isPresent() && !people.mail().isEmpty()) {
      try {
        relay.get().send(id, people.mail(), "Deadlines of disclosure", clock.instant(), text);
        taken++;
      } catch (IOException e) {
        failures.add(e);
      }
    }
    if (people.webhook().isPresent()) {
      try {
        post(people.webhook().get(), id, text);
        taken++;
      } catch (IOException e) {
        failures.add(e);
      }
    }
    if (taken == 0) {
      throw failures.getFirst();
    }
    failures.forEach(
        failure ->
            LOG.log(
                System.Logger.Level.WARNING,
                "a channel of the people on duty failed: {0}",
                failure.getMessage()));
  }

  private void post(URI webhook, String id, String text) throws IOException, InterruptedException {
    JsonObject body =
        JsonObject.builder()
            .put("type", "counterfoil.deadlines")
            .put("id", id)
            .put("text", text)
            .build();
    int status =
        posts.post(webhook, "application/json", body.toString().getBytes(StandardCharsets.UTF_8));
    if (status / 100 != OK) {
      throw new IOException("the webhook of the people on duty answered " + status);
    }
  }
}
