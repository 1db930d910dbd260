package dev.counterfoil.console.views;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Asks the disclosure process for what one tenant was told, and for operators what stands at the
 * desk. Tenant and person are always those of the session, never ones that a request names.
 *
 * @param socket where it takes the console's commands
 */
public record DisclosureReads(Path socket) {
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(2);
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(20);

  /** It answered, and says no. */
  public static final class SaysNoException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Code code;

    private SaysNoException(Answer.Refused refused) {
      super(refused.text());
      code = refused.code();
    }

    /** Whether the thing was changed since the person read it. */
    public boolean isOutdated() {
      return code == Code.OUTDATED;
    }

    /** Whether this person may not, while another one of the tenant may. */
    public boolean isOfPerson() {
      return code == Code.NOT_ALLOWED;
    }
  }

  /**
   * The notices of a tenant.
   *
   * @param subject the person who reads them, as tokens say it; so in all that follows
   */
  public JsonObject notices(String tenant, String subject) throws IOException {
    return ask("tenant-notices", by(subject).with("tenant", tenant));
  }

  /** A person has read a notice. */
  public void acknowledge(String tenant, String code, String person, String subject)
      throws IOException {
    ask(
        "tenant-acknowledge",
        by(subject).with("tenant", tenant, "code", code).with("person", person));
  }

  /** A person asks about a notice. */
  public void question(String tenant, String code, String person, String subject, String text)
      throws IOException {
    ask(
        "tenant-ask",
        by(subject).with("tenant", tenant, "code", code).with("person", person, "text", text));
  }

  /** Incidents at the desk, and what is due. */
  public JsonObject desk(String subject) throws IOException {
    return ask("person-desk", by(subject));
  }

  /** One incident with one of its documents, such as {@code text} or {@code notice/acme}. */
  public JsonObject incident(String id, String document, String subject) throws IOException {
    return ask("person-incident", by(subject).with("incident", id, "document", document));
  }

  /**
   * An operator approves a draft that they read.
   *
   * @param draft its digest
   */
  public void approve(String id, String draft, String subject) throws IOException {
    ask("person-approve", by(subject).with("incident", id, "draft", draft));
  }

  private static JsonObject by(String subject) {
    return JsonObject.builder().put("subject", subject).build();
  }

  private JsonObject ask(String command, JsonObject arguments) throws IOException {
    try {
      Answer answer =
          SignerClient.askAnew(
              socket, new Request.Command(command, arguments), CONNECT_WITHIN, ANSWER_WITHIN);
      return switch (answer) {
        case Answer.Done done -> done.result();
        case Answer.Refused refused -> throw new SaysNoException(refused);
        default -> throw new IOException("the disclosure process answers nonsense");
      };
    } catch (SignerUnavailableException e) {
      throw new IOException("the disclosure process does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
