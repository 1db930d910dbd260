package dev.counterfoil.authority;

import dev.counterfoil.authority.people.PersonCommands;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.util.Optional;

/**
 * What the admin socket takes: commands about clients, and about people where the domain has a
 * directory of them.
 */
record AdminCommands(ClientCommands clients, Optional<PersonCommands> people)
    implements SignerServer.Handler {
  @Override
  public void handle(Request request, SignerServer.Peer peer, SignerServer.Responder responder) {
    if (request instanceof Request.Command command
        && PersonCommands.OPERATIONS.containsKey(command.name())) {
      responder.answer(
          people
              .map(commands -> commands.carryOut(command, peer))
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
}
