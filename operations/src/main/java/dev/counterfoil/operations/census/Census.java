package dev.counterfoil.operations.census;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.installation.layout.Context;
import dev.counterfoil.monitor.MonitorAdmin;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Who verifies a domain's tokens, by name, and whether each holds what is asked about: from what
 * verifiers acknowledged to the monitor, and from who else takes tokens as far as anything shows
 * it.
 */
public final class Census {
  /** Who was not heard for so long is silent (spec/acknowledgements.md). */
  public static final Duration SILENT_AFTER = Duration.ofSeconds(90);

  private static final String REPORTERS_SCOPE = "counterfoil:sightings";

  /** Where somebody stands. */
  public enum Standing {
    /** It said so. */
    HOLDS,
    /** It speaks, and does not hold it yet. */
    NOT_YET,
    /** It spoke once, and not for a while. */
    SILENT,
    /** It never spoke. */
    UNKNOWN;

    /** The name in JSON. */
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * One of those who verify.
   *
   * @param name client and instance; of one that never spoke its service, audience or client
   * @param standing where it stands
   * @param detail for people
   */
  public record One(String name, Standing standing, String detail) {
    /** As JSON. */
    public JsonObject toJson() {
      return JsonObject.builder()
          .put("name", name)
          .put("standing", standing.text())
          .put("detail", detail)
          .build();
    }
  }

  /**
   * All of them.
   *
   * @param all in the order of their names
   * @param keyLogSize how much of the key log the monitor has
   */
  public record Taken(List<One> all, long keyLogSize) {
    public Taken {
      all = List.copyOf(all);
    }

    /** Those who stand somewhere. */
    public List<One> at(Standing standing) {
      return all.stream().filter(one -> one.standing() == standing).toList();
    }

    /** How many stand somewhere. */
    public int count(Standing standing) {
      return at(standing).size();
    }
  }

  private final MonitorAdmin monitor;
  private final String domain;
  private final Set<String> reporters;

  private Census(MonitorAdmin monitor, String domain, Set<String> reporters) {
    this.monitor = monitor;
    this.domain = domain;
    this.reporters = Set.copyOf(reporters);
  }

  /**
   * Prepares to ask the processes of an installation. The authority tells which clients may report;
   * without its answer those who never did are not named.
   */
  public static Census of(Context context) throws InterruptedException {
    Set<String> reporters = new TreeSet<>();
    try (AuthorityAdmin admin = new AuthorityAdmin(context.authority().adminSocket().path())) {
      for (ClientRegistration client : admin.list()) {
        if (client.scopes().contains(REPORTERS_SCOPE)) {
          reporters.add(client.clientId());
        }
      }
    } catch (IOException | AuthorityAdmin.RefusedException e) {
      System.getLogger(Census.class.getName())
          .log(System.Logger.Level.DEBUG, "the authority does not tell its clients: {0}", e);
    }
    return new Census(
        new MonitorAdmin(context.monitor().adminSocket().path()), context.domain(), reporters);
  }

  /** What one answer of the monitor holds. */
  private static final class Answer {
    private record Spoken(String client, Instant heardAt, Acknowledgement said) {}

    private final List<Spoken> spoken = new ArrayList<>();
    private final Set<String> named = new TreeSet<>();
    private Instant now = Instant.EPOCH;
    private long keyLogSize;

    void take(JsonObject line) throws IOException {
      try {
        switch (line.string("type")) {
          case "instance" ->
              spoken.add(
                  new Spoken(
                      line.string("client").replaceFirst("^[^/]*/", ""),
                      Instant.ofEpochMilli(line.number("heard_at_ms")),
                      Acknowledgement.parse(line.object("said"))));
          case "audience", "service" -> named.add(line.string("name"));
          case "summary" -> {
            now = Instant.ofEpochMilli(line.number("now_ms"));
            keyLogSize = line.has("key_log_size") ? line.number("key_log_size") : 0;
          }
          default -> {
            // Of a later version.
          }
        }
      } catch (FormatException e) {
        throw new IOException("the monitor's answer is not understood: " + e.getMessage(), e);
      }
    }
  }

  /**
   * Asks the monitor.
   *
   * @param holds whether a process that says this holds what is asked about
   */
  public Taken take(Predicate<Acknowledgement> holds) throws IOException {
    Answer answer = new Answer();
    monitor.acknowledgements(domain, 0, answer::take);
    List<One> all = new ArrayList<>();
    Set<String> services = new HashSet<>();
    Set<String> clients = new HashSet<>();
    for (Answer.Spoken one : answer.spoken) {
      services.addAll(one.said().services());
      clients.add(one.client());
      Duration ago = Duration.between(one.heardAt(), answer.now);
      // A word holds for as long as it stands: what was mirrored once is not forgotten.
      Standing standing =
          holds.test(one.said())
              ? Standing.HOLDS
              : ago.compareTo(SILENT_AFTER) > 0 ? Standing.SILENT : Standing.NOT_YET;
      all.add(
          new One(
              one.client() + "/" + one.said().instance(),
              standing,
              "key log at "
                  + one.said().keyLog().size()
                  + ", heard "
                  + Math.max(0, ago.toSeconds())
                  + " s ago"
                  + (one.said().services().isEmpty()
                      ? ""
                      : ", for " + String.join(", ", one.said().services()))));
    }
    Map<String, String> unknown = new TreeMap<>();
    for (String client : reporters) {
      if (!clients.contains(client)) {
        unknown.put(client, "may report, but never said which keys it has");
      }
    }
    for (String name : answer.named) {
      if (!services.contains(name)) {
        unknown.put(name, "accepts tokens, but no verifier reports it");
      }
    }
    unknown.forEach((name, detail) -> all.add(new One(name, Standing.UNKNOWN, detail)));
    all.sort(Comparator.comparing(One::name));
    return new Taken(all, answer.keyLogSize);
  }
}
