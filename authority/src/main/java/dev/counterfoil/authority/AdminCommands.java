package dev.counterfoil.authority;

import dev.counterfoil.authority.people.GroupCommands;
import dev.counterfoil.authority.people.PersonCommands;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.util.Optional;

/**
 * What the admin socket takes: commands about clients, and about people and groups where the domain
 * has a directory of them.
 */
record AdminCommands(ClientCommands clients, Optional<PersonCommands> people)
    implements SignerServer.Handler {
  @Override
  public void handle(Request request, SignerServer.Peer peer, SignerServer.Responder responder) {
    if (request instanceof Request.Command command && isOfPeople(command.name())) {
      responder.answer(
          people
              .map(
                  commands ->
                      GroupCommands.OPERATIONS.containsKey(command.name())
                          ? new GroupCommands(commands.directory(), commands.audit())
                              .carryOut(command, peer)
                          : commands.carryOut(command, peer))
              .orElseGet(
                  () ->
                      new Answer.Refused(
                          Answer.Code.NOT_ALLOWED,
                          "nobody signs in to this domain. To change that, see"
                              + " docs/operate/people.md")));
      return;
    }
    clients.handle(request, peer, responder);
  }

  private static boolean isOfPeople(String command) {
    return PersonCommands.OPERATIONS.containsKey(command)
        || GroupCommands.OPERATIONS.containsKey(command);
  }
}
