package dev.counterfoil.process;

import dev.counterfoil.configuration.SettingsText;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.hardening.SelfProtection;
import dev.counterfoil.process.settings.KeyProgramConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.SignerServer.Responder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What the operator's command line learns of the process itself, whatever its service does: how it
 * is protected, and what it says of itself when it hangs. It asks no thread of the service.
 *
 * @param configuration of the process
 * @param protections as they turned out at its start
 * @param log its last lines
 * @param busy whether a diagnosis is being made
 */
public record ProcessWatch(
    KeyProgramConfiguration configuration,
    List<SelfProtection.Measure> protections,
    RecentLog log,
    AtomicBoolean busy) {

  public ProcessWatch(
      KeyProgramConfiguration configuration,
      List<SelfProtection.Measure> protections,
      RecentLog log) {
    this(configuration, List.copyOf(protections), log, new AtomicBoolean());
  }

  /** Answers {@code diagnose}, on a thread of its own. */
  public void diagnose(Diagnosis.Section status, Responder responder) {
    if (!busy.compareAndSet(false, true)) {
      responder.answer(new Answer.Refused(Code.BUSY, "a diagnosis is being made"));
      return;
    }
    Thread.ofPlatform()
        .daemon()
        .name("diagnose")
        .start(
            () -> {
              try {
                responder.answer(new Answer.Done(sections(status).collect()));
              } catch (InterruptedException e) {
                // Nobody interrupts this thread but a JVM that ends.
                Thread.currentThread().interrupt();
              } finally {
                busy.set(false);
              }
            });
  }

  private Diagnosis sections(Diagnosis.Section status) {
    Map<String, Diagnosis.Section> sections = new LinkedHashMap<>();
    // Threads first: the others' own threads are not to be among them.
    sections.put("threads", RuntimeSections::threads);
    sections.put("java", RuntimeSections::java);
    sections.put("process", RuntimeSections::process);
    sections.put(
        "protections",
        () -> JsonObject.builder().put("protections", Status.protections(protections)).build());
    sections.put("log", () -> JsonObject.builder().put("lines", log.lines()).build());
    sections.put(
        "configuration",
        () -> JsonObject.builder().put("keys", SettingsText.lines((Record) configuration)).build());
    sections.put("status", status);
    sections.put("files", () -> RuntimeSections.files(configuration.process()));
    return new Diagnosis(sections, Diagnosis.SECTION_WITHIN);
  }
}
