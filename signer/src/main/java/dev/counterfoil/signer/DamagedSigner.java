package dev.counterfoil.signer;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.hardening.ProcessExitCode;
import dev.counterfoil.keystore.Ed25519Key;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.process.Fate;
import dev.counterfoil.process.KeyProgram;
import dev.counterfoil.process.ProcessAudit;
import dev.counterfoil.process.ProcessWatch;
import dev.counterfoil.process.RoleProcess;
import dev.counterfoil.process.Status;
import dev.counterfoil.process.settings.PeerUsers;
import dev.counterfoil.signer.folders.Generation;
import dev.counterfoil.signer.generation.DamagedGenerationException;
import dev.counterfoil.signer.generation.PastGenerations;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import dev.counterfoil.signerprotocol.SignerServer.Responder;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * A signer whose journal cannot be read back: it opens no token key, issues and records nothing,
 * says why, and takes the command that replaces it. It touches nothing of the journal, so that a
 * copy of what is damaged can still be put in its place.
 */
final class DamagedSigner implements RoleProcess {
  private static final System.Logger LOG = System.getLogger(DamagedSigner.class.getName());

  private final SignerConfiguration configuration;
  private final Generation generation;
  private final String reason;
  private final NoteKey logKey;
  private final InstantSource clock;
  private final Fate fate;
  private final ProcessWatch watch;
  private final Disk.DiskLock lock;
  private final PastGenerations past;
  private final ProcessAudit audit;
  private final SignerServer service;
  private final SignerServer admin;

  DamagedSigner(
      SignerConfiguration configuration, KeyProgram.Start with, DamagedGenerationException damage)
      throws IOException, GeneralSecurityException {
    this.configuration = configuration;
    this.generation = damage.generation();
    this.reason =
        "the journal of log %s cannot be read back: %s. If no copy can be put back, run: counterfoil compromise %s --yes"
            .formatted(generation.logName(), damage.getMessage(), generation.logName());
    this.logKey =
        Ed25519Key.openOrMake(
                with.keysAtRest(),
                FileDisk.privateFolder(generation.keys()),
                "log",
                configuration.process().origin(generation.logName()))
            .publicKey();
    this.clock = with.clock();
    this.fate = with.fate();
    this.watch = with.watch();
    this.lock = with.lock();
    this.past = new PastGenerations(configuration, generation);
    this.audit = ProcessAudit.start(configuration, clock);
    PeerUsers users = with.users();
    this.service =
        SignerServer.listen(
            configuration.process().serviceSocket().path(), users.service(), this::handleService);
    this.admin =
        SignerServer.listen(
            configuration.process().adminSocket().path(),
            users.atAdmin(),
            users.narrowed(this::handleAdmin));
    LOG.log(System.Logger.Level.ERROR, "nothing is issued: {0}", reason);
  }

  private void handleService(Request request, SignerServer.Peer peer, Responder responder) {
    if (request instanceof Request.Command command) {
      switch (command.name()) {
        case Commands.STATUS -> responder.answer(new Answer.Done(status()));
        case Commands.READ_EVENTS -> responder.answer(audit.read(command));
        default -> responder.answer(damaged());
      }
    } else {
      responder.answer(damaged());
    }
  }

  private static Answer.Refused damaged() {
    return new Answer.Refused(
        Code.NO_KEY, "the journal cannot be read back; the signer's status shows why");
  }

  private void handleAdmin(Request request, SignerServer.Peer peer, Responder responder) {
    if (!(request instanceof Request.Command command)) {
      responder.answer(damaged());
      return;
    }
    try {
      Optional<Answer> before =
          command.name().equals(Commands.REPLACE)
              ? past.answer(command.arguments(), clock.instant())
              : Optional.empty();
      if (before.isPresent()) {
        audit.unchanged(command, peer.user(), before.get());
        responder.answer(before.get());
      } else if (!audit.refuses(command, peer.user(), responder)) {
        switch (command.name()) {
          case Commands.STATUS -> responder.answer(new Answer.Done(status()));
          case Commands.DIAGNOSE -> watch.diagnose(this::status, responder);
          case Commands.REPLACE -> replace(peer, responder);
          default -> responder.answer(damaged());
        }
      }
    } catch (IOException | GeneralSecurityException e) {
      fate.unknownState(e);
    }
  }

  /** The next start destroys the keys and begins another log. */
  private synchronized void replace(SignerServer.Peer peer, Responder responder)
      throws IOException, GeneralSecurityException {
    LOG.log(System.Logger.Level.WARNING, "{0} replaces this signer", peer.user());
    responder.answer(new Answer.Done(past.endDamaged(clock.instant())));
    fate.end(ProcessExitCode.REPLACED);
  }

  private JsonObject status() {
    return JsonObject.builder()
        .put("role", "signer")
        .put("domain", configuration.process().domain())
        .put("issuer", configuration.process().issuer().toString())
        .put("ready", false)
        .put("reason", reason)
        .put("keys", List.<JsonObject>of())
        .put(
            "log",
            JsonObject.builder()
                .put("name", generation.logName())
                .put("vkey", logKey.toString())
                .put("url", configuration.process().logUrl(generation.logName()).toString())
                .put("sealed", generation.isSealed())
                .build())
        .put("cosigning", JsonObject.builder().put("waiting_for", List.<String>of()).build())
        .put("pid", ProcessHandle.current().pid())
        .put("protections", Status.protections(watch.protections()))
        .build();
  }

  @Override
  public void close() throws IOException {
    service.close();
    admin.close();
    audit.close();
    lock.close();
  }
}
