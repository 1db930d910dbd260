package dev.counterfoil.authority.signers;

import dev.counterfoil.auditclient.EventFeed;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The audit events that a signer or registrar keeps, which has no network. What was delivered, it
 * hears with the next question. While it is away nothing waits.
 */
public final class SocketFeed implements EventFeed {
  private static final Duration TIME_MAX = Duration.ofSeconds(5);

  private final SignerClient from;
  private long acknowledged;

  public SocketFeed(SignerClient from) {
    this.from = from;
  }

  @Override
  public List<NumberedEvent> waiting(int countMax, int bytesMax)
      throws IOException, InterruptedException {
    try {
      if (!(from.ask(Commands.readEvents(acknowledged), TIME_MAX) instanceof Answer.Done done)) {
        return List.of();
      }
      List<NumberedEvent> events = new ArrayList<>();
      for (JsonObject one : done.result().objects("events")) {
        events.add(new NumberedEvent(one.number("number"), one.string("line")));
      }
      return events;
    } catch (SignerUnavailableException e) {
      return List.of();
    } catch (FormatException e) {
      throw new IOException("what the process says of its audit events is not understood", e);
    }
  }

  @Override
  public void acknowledge(long upTo) {
    acknowledged = upTo;
  }

  @Override
  public void await(Duration atMost) throws InterruptedException {
    Thread.sleep(atMost);
  }
}
