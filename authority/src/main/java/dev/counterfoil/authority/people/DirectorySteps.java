package dev.counterfoil.authority.people;

import dev.counterfoil.auditclient.EventDraft;
import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.Administrator;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.directory.Directory;
import dev.counterfoil.directory.DirectoryRefusedException;
import dev.counterfoil.directory.Person;
import dev.counterfoil.directory.database.TablePlace;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import java.util.Optional;

/**
 * Carries out what is asked of the directory, one event each.
 *
 * @param entity what the events are about, as they call it
 */
record DirectorySteps(AuthorityAudit audit, String entity) {
  private static final System.Logger LOG = System.getLogger(DirectorySteps.class.getName());

  /**
   * What is to be done.
   *
   * @param event says so first
   * @param isContainment whether it takes access away, and is held up by no spool that is full
   */
  record Step(EventDraft event, Act act, boolean isContainment) {
    Step(EventDraft event, Act act) {
      this(event, act, false);
    }

    Step asContainment() {
      return new Step(event, act, true);
    }
  }

  /** Does it, and says what came of it. */
  interface Act {
    JsonObject done() throws DirectoryRefusedException;
  }

  /** Finds out what is to be done. */
  interface Reading {
    Step step() throws FormatException, DirectoryRefusedException;
  }

  /**
   * Carries one out; recorded before it is done, and what then fails has a second event.
   *
   * @param arguments as they were sent; what names a tenant names one that the administrator
   *     reaches
   */
  Answer carryOut(Operation operation, Administrator who, JsonObject arguments, Reading asked) {
    try {
      Optional<String> tenant = arguments.optionalString("tenant");
      if (tenant.isPresent() && !who.reaches(tenant.get())) {
        return refused(
            operation,
            who,
            new Answer.Refused(
                Answer.Code.NOT_ALLOWED,
                "this administrator reaches one tenant, and not this one"));
      }
      Step step = asked.step();
      if (step.isContainment) {
        audit.recordContainment(step.event);
      } else {
        Optional<Answer.Refused> unrecorded = audit.recorded(step.event);
        if (unrecorded.isPresent()) {
          return unrecorded.get();
        }
      }
      return new Answer.Done(step.act.done());
    } catch (FormatException e) {
      return refused(
          operation,
          who,
          new Answer.Refused(Answer.Code.MALFORMED, String.valueOf(e.getMessage())));
    } catch (DirectoryRefusedException e) {
      return refused(
          operation, who, new Answer.Refused(code(e.reason()), String.valueOf(e.getMessage())));
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, operation.code() + " failed", e);
      return refused(
          operation,
          who,
          new Answer.Refused(
              Answer.Code.BUSY,
              TablePlace.isAway(e)
                  ? "the database does not answer. Try again in a moment"
                  : "the directory failed; the authority's log shows why"));
    }
  }

  /**
   * The person of a username, in one tenant where one is named: nobody learns of others' people.
   */
  static Person named(Directory directory, String username, Optional<String> tenant)
      throws DirectoryRefusedException {
    Person person = directory.named(username);
    if (tenant.isPresent() && !tenant.get().equals(person.tenant())) {
      throw DirectoryRefusedException.unknown(username);
    }
    return person;
  }

  private Answer refused(Operation operation, Administrator who, Answer.Refused refused) {
    audit.later(
        who.draft(operation)
            .entity(entity, "unknown")
            .refused(refused.code().name(), refused.text()));
    return refused;
  }

  private static Answer.Code code(DirectoryRefusedException.Reason reason) {
    return switch (reason) {
      case MALFORMED -> Answer.Code.MALFORMED;
      case TAKEN -> Answer.Code.CONFLICT;
      case OUTDATED -> Answer.Code.OUTDATED;
      case UNKNOWN -> Answer.Code.UNKNOWN;
      case FULL -> Answer.Code.QUOTA;
    };
  }
}
