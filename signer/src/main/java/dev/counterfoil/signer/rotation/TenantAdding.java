package dev.counterfoil.signer.rotation;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.process.ServedTenants;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.util.Optional;

/**
 * Takes a tenant into a signer's own allow-list, once the root's delegation and the registrar have
 * it. A list beyond theirs would have the next key refused, and the signer end without one.
 */
public final class TenantAdding {
  private final ServedTenants tenants;
  private final RegistrarLink registrar;

  public TenantAdding(ServedTenants tenants, RegistrarLink registrar) {
    this.tenants = tenants;
    this.registrar = registrar;
  }

  /** Adds a tenant, durably; the key keeper's next step prepares a key for it. */
  public synchronized Answer add(JsonObject arguments) throws IOException, InterruptedException {
    try {
      arguments.allowOnly("tenant");
      String tenant = arguments.string("tenant");
      boolean changed = !tenants.serves(tenant);
      if (changed) {
        Optional<Answer.Refused> refusal = refusal(tenant);
        if (refusal.isPresent()) {
          return refusal.get();
        }
        tenants.add(tenant);
      }
      return new Answer.Done(JsonObject.builder().put("changed", changed).build());
    } catch (FormatException e) {
      return new Answer.Refused(Code.MALFORMED, String.valueOf(e.getMessage()));
    } catch (SignerUnavailableException e) {
      return away();
    }
  }

  private Optional<Answer.Refused> refusal(String tenant)
      throws FormatException, SignerUnavailableException, InterruptedException {
    Optional<String> objection = tenants.objection(tenant);
    if (objection.isPresent()) {
      return Optional.of(new Answer.Refused(Code.OUT_OF_SCOPE, objection.get()));
    }
    if (!(registrar.ask(Commands.readKeys()) instanceof Answer.Done done)) {
      return Optional.of(away());
    }
    return AllowList.parse(done.result().strings("tenants")).allows(tenant)
        ? Optional.empty()
        : Optional.of(
            new Answer.Refused(
                Code.OUT_OF_SCOPE,
                "the registrar states no key for this tenant: add it there first, and where the"
                    + " root does not name it, hold a ceremony"));
  }

  private static Answer.Refused away() {
    return new Answer.Refused(
        Code.BUSY, "the registrar does not say which tenants it states keys for: try again");
  }
}
