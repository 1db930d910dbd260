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

  /** The notices of a tenant. */
  public JsonObject notices(String tenant) throws IOException {
    return ask("tenant-notices", JsonObject.builder().put("tenant", tenant).build());
  }

  /**
   * A person has read a notice.
   *
   * @param subject the person, as tokens say it
   */
  public void acknowledge(String tenant, String code, String person, String subject)
      throws IOException {
    ask("tenant-acknowledge", about(tenant, code, person).with("subject", subject));
  }

  /** A person asks about a notice. */
  public void question(String tenant, String code, String person, String text) throws IOException {
    ask("tenant-ask", about(tenant, code, person).with("text", text));
  }

  /** Incidents at the desk, and what is due. */
  public JsonObject desk() throws IOException {
    return ask("person-desk", JsonObject.builder().build());
  }

  /** One incident with one of its documents, such as {@code text} or {@code notice/acme}. */
  public JsonObject incident(String id, String document) throws IOException {
    return ask(
        "person-incident",
        JsonObject.builder().put("incident", id).put("document", document).build());
  }

  /**
   * An operator approves a draft that they read.
   *
   * @param draft its digest
   * @param subject the person, as tokens say it
   */
  public void approve(String id, String draft, String subject) throws IOException {
    ask(
        "person-approve",
        JsonObject.builder()
            .put("incident", id)
            .put("draft", draft)
            .put("subject", subject)
            .build());
  }

  private static JsonObject about(String tenant, String code, String person) {
    return JsonObject.builder()
        .put("tenant", tenant)
        .put("code", code)
        .put("person", person)
        .build();
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
