package dev.counterfoil.response;

import dev.counterfoil.auditclient.SpoolUnavailableException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.response.runs.Run;
import dev.counterfoil.response.runs.Run.State;
import dev.counterfoil.response.runs.Run.StepState;
import dev.counterfoil.response.runs.RunStore;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Where people decide about runs: the admin socket. A person is the Unix user at its other end, by
 * the kernel's word. Each command is an event before it is done.
 */
final class ResponseDesk implements SignerServer.Handler {
  private static final System.Logger LOG = System.getLogger(ResponseDesk.class.getName());

  private final RunStore store;
  private final ResponseAudit audit;
  private final PlanTrial trial;
  private final List<String> playbooks;
  private final Runnable approved;

  /**
   * A desk.
   *
   * @param playbooks their names
   * @param approved told when a run may be carried out
   */
  ResponseDesk(
      RunStore store,
      ResponseAudit audit,
      PlanTrial trial,
      List<String> playbooks,
      Runnable approved) {
    this.store = store;
    this.audit = audit;
    this.trial = trial;
    this.playbooks = List.copyOf(playbooks);
    this.approved = approved;
  }

  @Override
  public void handle(Request request, SignerServer.Peer peer, SignerServer.Responder responder) {
    if (request instanceof Request.Command command) {
      Thread.ofVirtual().name("desk").start(() -> responder.answer(carryOut(command, peer.user())));
    } else {
      responder.answer(
          new Answer.Refused(Answer.Code.NOT_ALLOWED, "this socket takes commands only"));
    }
  }

  /** Carries a person's command out. */
  Answer carryOut(Request.Command command, String person) {
    try {
      Answer answer = answer(command, person);
      if (answer instanceof Answer.Refused refused) {
        audit.refuses(person, command.name(), refused.text());
      }
      return answer;
    } catch (FormatException e) {
      audit.refuses(person, command.name(), String.valueOf(e.getMessage()));
      return new Answer.Refused(Answer.Code.MALFORMED, String.valueOf(e.getMessage()));
    } catch (SpoolUnavailableException e) {
      return new Answer.Refused(
          Answer.Code.BUSY,
          "audit-unavailable: the audit log cannot be written, so nothing was done: "
              + e.getMessage());
    } catch (IOException e) {
      return new Answer.Refused(Answer.Code.BUSY, String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Answer.Refused(Answer.Code.BUSY, "this process ends");
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, command.name() + " failed", e);
      return new Answer.Refused(Answer.Code.BUSY, "it failed; the process's log shows why");
    }
  }

  private Answer answer(Request.Command command, String person)
      throws FormatException, SpoolUnavailableException, IOException, InterruptedException {
    JsonObject arguments = command.arguments();
    return switch (command.name()) {
      case ResponseQuestions.LIST -> {
        arguments.allowOnly();
        audit.reads(person, "all");
        yield new Answer.Done(
            JsonObject.builder()
                .put("runs", store.list().stream().map(Run::toJson).toList())
                .put("playbooks", playbooks)
                .build());
      }
      case ResponseQuestions.PLAN -> {
        arguments.allowOnly("playbook", "incident");
        audit.reads(person, "plan of " + arguments.string("playbook"));
        yield new Answer.Done(trial.of(arguments.string("playbook"), arguments.number("incident")));
      }
      case ResponseQuestions.SHOW,
          ResponseQuestions.APPROVE,
          ResponseQuestions.RESUME,
          ResponseQuestions.CANCEL,
          ResponseQuestions.UNDO -> {
        arguments.allowOnly("run");
        Optional<Run> run = store.find(arguments.number("run"));
        yield run.isEmpty()
            ? new Answer.Refused(Answer.Code.UNKNOWN, "there is no run " + arguments.number("run"))
            : about(run.get(), command.name(), person);
      }
      default -> new Answer.Refused(Answer.Code.UNKNOWN, "there is no such command");
    };
  }

  private Answer about(Run run, String command, String person) throws SpoolUnavailableException {
    return switch (command) {
      case ResponseQuestions.APPROVE -> approve(run, person);
      case ResponseQuestions.RESUME -> {
        if (run.state() != State.FAILED) {
          yield conflict(run, "only one that failed is resumed");
        }
        decide(run, person, "resume");
        store.move(run.id(), State.FAILED, State.RUNNING);
        approved.run();
        yield shown(run.id());
      }
      case ResponseQuestions.CANCEL -> {
        if (run.state() != State.WAITING && run.state() != State.FAILED) {
          yield conflict(run, "only one that waits or failed is cancelled");
        }
        decide(run, person, "cancel");
        store.move(run.id(), run.state(), State.CANCELLED);
        store.find(run.id()).ifPresent(audit::state);
        yield shown(run.id());
      }
      case ResponseQuestions.UNDO -> undo(run, person);
      default -> {
        audit.reads(person, Long.toString(run.id()));
        yield shown(run.id());
      }
    };
  }

  private Answer approve(Run run, String person) throws SpoolUnavailableException {
    if (run.state() != State.WAITING) {
      return conflict(run, "only one that waits is approved");
    }
    if (run.approvedBy().contains(person)) {
      return conflict(run, person + " approved it already. Another person must approve it, too");
    }
    decide(run, person, "approve");
    // As it is kept by now: two people may approve at the same moment.
    int persons = store.find(run.id()).map(now -> now.approvedBy().size()).orElse(0);
    if (persons >= run.persons() && store.move(run.id(), State.WAITING, State.RUNNING)) {
      approved.run();
    }
    return shown(run.id());
  }

  /** What can be taken back is so by the person's own rights: this process gives no access. */
  private Answer undo(Run run, String person) throws SpoolUnavailableException {
    if (run.state() == State.WAITING || run.state() == State.RUNNING) {
      return conflict(run, "cancel it if it waits; else wait until it ended");
    }
    List<String> clients = new ArrayList<>();
    for (Run.Step step : run.steps()) {
      if (step.action().isReversible()
          && (step.state() == StepState.DONE || step.state() == StepState.UNDONE)) {
        clients.add(step.target());
      }
    }
    if (clients.isEmpty()) {
      return conflict(run, "none of its steps can be taken back");
    }
    decide(run, person, "undo");
    for (Run.Step step : run.steps()) {
      if (step.action().isReversible() && step.state() == StepState.DONE) {
        store.step(run.id(), step.number(), StepState.UNDONE, null, "by " + person);
      }
    }
    store.move(run.id(), run.state(), State.UNDONE);
    store.find(run.id()).ifPresent(audit::state);
    return shown(run.id()) instanceof Answer.Done done
        ? new Answer.Done(done.result().with("clients", clients))
        : shown(run.id());
  }

  private void decide(Run run, String person, String what) throws SpoolUnavailableException {
    audit.decides(person, run.id(), what);
    store.decided(run.id(), person, what);
  }

  private Answer shown(long id) {
    return store
        .find(id)
        .<Answer>map(run -> new Answer.Done(run.toJson()))
        .orElseGet(() -> new Answer.Refused(Answer.Code.UNKNOWN, "there is no run " + id));
  }

  private static Answer conflict(Run run, String why) {
    return new Answer.Refused(
        Answer.Code.CONFLICT,
        "run " + run.id() + " is " + run.state().name().toLowerCase(Locale.ROOT) + ": " + why);
  }
}
