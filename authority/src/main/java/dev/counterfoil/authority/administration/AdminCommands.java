package dev.counterfoil.authority.administration;

import dev.counterfoil.auditclient.Operation;
import dev.counterfoil.authority.auditing.Administrator;
import dev.counterfoil.authority.auditing.AuthorityAudit;
import dev.counterfoil.authority.people.GroupCommands;
import dev.counterfoil.authority.people.PersonCommands;
import dev.counterfoil.authority.signals.SignalCommands;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.util.Optional;

/**
 * What administrators may ask: commands about clients, and about people and groups where the domain
 * has a directory of them. At the admin socket here, over HTTP by {@link AdministrationApi}.
 */
public record AdminCommands(
    ClientCommands clients,
    Optional<PersonCommands> people,
    Optional<SignalCommands> signals,
    KeyScope keys,
    SecondPersonDesk secondPerson,
    ContainmentCommands containment,
    AuthorityAudit audit)
    implements SignerServer.Handler {
  @Override
  public void handle(Request request, SignerServer.Peer peer, SignerServer.Responder responder) {
    responder.answer(
        request instanceof Request.Command command
            ? carryOut(command, Administrator.atSocket(peer))
            : new Answer.Refused(
                Answer.Code.NOT_ALLOWED, "this socket takes commands of administrators only"));
  }

  /** Carries one out that a program asks for: nobody looked at what keys may sign before. */
  Answer carryOutRemote(Request.Command command, Administrator who) {
    if (command.name().equals(ClientCommands.REGISTER)
        || command.name().equals(ClientCommands.UPDATE)) {
      Optional<Answer.Refused> refusal = registrationBeyondKeys(command, who);
      if (refusal.isPresent()) {
        return refused(command, who, refusal.get());
      }
    }
    return carryOut(command, who);
  }

  /** Carries one out, or has it wait for a second person. */
  public Answer carryOut(Request.Command command, Administrator who) {
    return secondPerson.carryOut(command, who, this::carryOutNow);
  }

  private Answer carryOutNow(Request.Command command, Administrator who) {
    Optional<Answer.Refused> refusal = beyondKeys(command, who);
    if (refusal.isPresent()) {
      return refused(command, who, refusal.get());
    }
    if (PersonCommands.OPERATIONS.containsKey(command.name())) {
      return people.map(of -> of.carryOut(command, who)).orElseGet(AdminCommands::noPeople);
    }
    if (SignalCommands.OPERATIONS.containsKey(command.name())) {
      return signals.map(of -> of.carryOut(command, who)).orElseGet(AdminCommands::noPeople);
    }
    if (GroupCommands.OPERATIONS.containsKey(command.name())) {
      return people
          .map(of -> new GroupCommands(of.directory(), of.audit()).carryOut(command, who))
          .orElseGet(AdminCommands::noPeople);
    }
    return ContainmentCommands.OPERATIONS.containsKey(command.name())
        ? containment.carryOut(command, who)
        : clients.carryOut(command, who);
  }

  private Answer.Refused refused(
      Request.Command command, Administrator who, Answer.Refused refused) {
    audit.later(
        who.draft(operation(command.name()).orElseThrow())
            .entity("tenant", command.text("tenant").orElse("unknown"))
            .refused(refused.code().name(), refused.text()));
    return refused;
  }

  /** The event that a command is. */
  static Optional<Operation> operation(String command) {
    return Optional.ofNullable(ClientCommands.OPERATIONS.get(command))
        .or(() -> Optional.ofNullable(SecondPersonDesk.OPERATIONS.get(command)))
        .or(() -> Optional.ofNullable(ContainmentCommands.OPERATIONS.get(command)))
        .or(() -> Optional.ofNullable(PersonCommands.OPERATIONS.get(command)))
        .or(() -> Optional.ofNullable(GroupCommands.OPERATIONS.get(command)))
        .or(() -> Optional.ofNullable(SignalCommands.OPERATIONS.get(command)));
  }

  /** Nobody and nothing is put into a tenant that no key may sign for. */
  private Optional<Answer.Refused> beyondKeys(Request.Command command, Administrator who) {
    return switch (command.name()) {
      case PersonCommands.ADD, GroupCommands.ADD ->
          command.text("tenant").flatMap(keys::tenantFault).map(fault -> beyondKeys(fault, who));
      default -> Optional.empty();
    };
  }

  /** The same of everything that a client is registered for; what is none is told later. */
  private Optional<Answer.Refused> registrationBeyondKeys(
      Request.Command command, Administrator who) {
    try {
      String faults = String.join("; ", keys.faults(ClientCommands.registration(command)));
      return faults.isEmpty() ? Optional.empty() : Optional.of(beyondKeys(faults, who));
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  /** An administrator of one tenant does not hear which others there are. */
  private static Answer.Refused beyondKeys(String fault, Administrator who) {
    return new Answer.Refused(
        Answer.Code.OUT_OF_SCOPE,
        who.tenant().isEmpty()
            ? fault
            : "no key may sign for this: ask the operator which audiences and token lives your"
                + " tenant has");
  }

  private static Answer.Refused noPeople() {
    return new Answer.Refused(
        Answer.Code.NOT_ALLOWED,
        "nobody signs in to this domain. To change that, see docs/operate/people.md");
  }
}
