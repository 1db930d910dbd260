package dev.counterfoil.response;

import dev.counterfoil.auditclient.AuditClient;
import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.auditclient.SpoolUnavailableException;
import dev.counterfoil.configuration.SettingsText;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.response.runs.Run;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What the response process says to the audit log: each run, each step before it is done, each
 * decision of a person.
 */
record ResponseAudit(AuditClient client) implements Closeable {
  static final String PART = "response";

  private static EventDraft draft(Operation operation) {
    return EventDraft.of(operation).part(PART).tenant(KeyCeiling.OWN_TENANT);
  }

  void started(ResponseConfiguration configuration) {
    client.recordContainment(
        draft(Operation.PROCESS_START)
            .user(System.getProperty("user.name"))
            .with("app", JsonObject.builder().put("name", PART).build())
            .message(SettingsText.of(configuration)));
  }

  /** A playbook runs, or waits for people. */
  void run(long run, String playbook, long finding, String what) {
    client.recordContainment(
        draft(Operation.PLAYBOOK_RUN)
            .user(PART)
            .entity("run", Long.toString(run))
            .message("playbook " + playbook + ", finding " + finding + ": " + what));
  }

  /** How far a run is: for whoever looks at the incident. */
  void state(Run run) {
    client.recordLater(
        draft(Operation.PLAYBOOK_RUN)
            .user(PART)
            .entity("run", Long.toString(run.id()))
            .message("run " + run.id() + " of " + run.playbook() + ": " + run.state().text())
            .unmapped(run.progress()));
  }

  /** A playbook is refused. */
  void refused(String playbook, long finding, String why) {
    client.recordLater(
        draft(Operation.PLAYBOOK_RUN)
            .user(PART)
            .entity("playbook", playbook)
            .refused("refused", "finding " + finding + ": " + why));
  }

  /** A step is to be done, or failed: what contains a theft waits for no room. */
  void step(Run run, Run.Step step, @Nullable String failure) {
    EventDraft draft =
        draft(Operation.PLAYBOOK_STEP)
            .user(PART)
            .entity(step.action().target().text(), step.target());
    client.recordContainment(
        failure == null
            ? draft.message(
                "run " + run.id() + " of " + run.playbook() + ": " + step.action().text())
            : draft.refused("failed", "run " + run.id() + ": " + failure));
  }

  /** A person decides, which is not done where it cannot be recorded. */
  void decides(String person, long run, String what) throws SpoolUnavailableException {
    client.record(
        draft(Operation.PLAYBOOK_DECIDE)
            .socket("admin-socket")
            .user(person)
            .entity("run", Long.toString(run))
            .message(what));
  }

  /** A person's decision is refused. */
  void refuses(String person, String what, String why) {
    client.recordLater(
        draft(Operation.PLAYBOOK_DECIDE)
            .socket("admin-socket")
            .user(person)
            .entity("run", what)
            .refused("refused", why));
  }

  /** A person reads runs, or tries a playbook. */
  void reads(String person, String what) throws SpoolUnavailableException {
    client.record(
        draft(Operation.PLAYBOOK_READ).socket("admin-socket").user(person).entity("runs", what));
  }

  @Override
  public void close() throws IOException {
    client.close();
  }
}
