package dev.counterfoil.disclosure.trustpage;

import dev.counterfoil.disclosure.Claim;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * An incident as it is told: every version of every claim, and what happened when.
 *
 * @param isOpen whether it is still worked on
 * @param statements in order of time; none is ever left out
 */
public record ToldIncident(
    String id,
    String title,
    boolean isOpen,
    List<Statement> statements,
    List<Happened> timeline,
    List<Clock> clocks) {
  /** Longest file of incidents, in bytes. */
  public static final int BYTES_MAX = 4 << 20;

  /** What was said at a time. */
  public record Statement(long version, Instant at, List<Told> claims) {
    public Statement {
      claims = List.copyOf(claims);
    }
  }

  /** A claim, and why it is what it is. */
  public record Told(String id, Claim.State state, String text, String reason) {}

  /** Something that happened, to the minute. */
  public record Happened(Instant at, String text) {}

  /**
   * A duty and its limit.
   *
   * @param done when it was fulfilled; empty while it is not
   */
  public record Clock(String name, Instant due, String done) {}

  public ToldIncident {
    statements = List.copyOf(statements);
    timeline = List.copyOf(timeline);
    clocks = List.copyOf(clocks);
  }

  /**
   * Reads a file of incidents.
   *
   * @throws FormatException naming the member that is wrong
   */
  public static List<ToldIncident> parse(byte[] file) throws FormatException {
    JsonObject json = StrictJson.object(file, BYTES_MAX);
    List<ToldIncident> incidents = new ArrayList<>();
    for (JsonObject one : json.objects("incidents")) {
      List<Statement> statements = new ArrayList<>();
      for (JsonObject statement : one.objects("statements")) {
        statements.add(statement(statement));
      }
      List<Happened> timeline = new ArrayList<>();
      for (JsonObject row : one.objects("timeline")) {
        timeline.add(new Happened(time(row, "at"), row.string("text")));
      }
      List<Clock> clocks = new ArrayList<>();
      for (JsonObject row : one.objects("clocks")) {
        clocks.add(
            new Clock(row.string("name"), time(row, "due"), row.optionalString("done").orElse("")));
      }
      statements.sort(Comparator.comparing(Statement::at));
      timeline.sort(Comparator.comparing(Happened::at));
      clocks.sort(Comparator.comparing(Clock::due));
      incidents.add(
          new ToldIncident(
              one.string("id"),
              one.string("title"),
              one.truth("open"),
              statements,
              timeline,
              clocks));
    }
    return incidents;
  }

  private static Statement statement(JsonObject json) throws FormatException {
    List<Told> claims = new ArrayList<>();
    for (JsonObject claim : json.objects("claims")) {
      claims.add(
          new Told(
              claim.string("id"),
              Claim.State.of(claim.string("state")),
              claim.string("text"),
              claim.optionalString("reason").orElse("")));
    }
    return new Statement(json.number("version"), time(json, "at"), claims);
  }

  private static Instant time(JsonObject json, String name) throws FormatException {
    try {
      return Instant.parse(json.string(name));
    } catch (DateTimeException e) {
      throw new FormatException("member " + name + " is no time such as 2026-11-30T09:00:00Z", e);
    }
  }
}
