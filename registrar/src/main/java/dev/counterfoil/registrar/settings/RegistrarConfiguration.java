package dev.counterfoil.registrar.settings;

import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.FormerKey;
import dev.counterfoil.configuration.Inline;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.root.RootPin;
import dev.counterfoil.hardening.Reach;
import dev.counterfoil.process.settings.KeyProgramConfiguration;
import dev.counterfoil.process.settings.PeerUsers;
import dev.counterfoil.process.settings.ProcessSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a registrar is started with. */
@FormerKey(
    name = "signer-socket",
    instead =
        "every signer has its own socket now. Write signers: [{name: s1, socket:"
            + " PATH}] with one entry for each signer, and put each PATH as registrar-socket"
            + " into that signer's configuration (docs/operate/installing.md)")
@FormerKey(
    name = "signer-users",
    instead =
        "name each signer's Unix users in its entry: signers: [{name: s1, socket: PATH, users: [USER]}]")
@FormerKey(name = "role", instead = ProcessSettings.NO_ROLE)
public record RegistrarConfiguration(
    @Inline ProcessSettings process,
    @Meaning("The domain's signers, each with a socket of its own.") List<SignerEntry> signers,
    @Meaning(
            "One version of the root, as in the policy's root line: its number and its"
                + " SHA-256. Without it the registrar creates its keys and waits.")
        Optional<String> root,
    @Meaning("What one operator cannot do alone.") SecondPerson secondPerson,
    @Meaning(
            "Writes revocations of tokens into short-lived logs beside the key log. Every"
                + " verifier of this release reads them; an older one then refuses all tokens."
                + " So switch it on when all are updated.")
        @Default("false")
        boolean revocationLogs,
    @Meaning(
            "Writes the keys of the disclosure process into the key log, when an operator states"
                + " them. Every verifier of this release reads them; an older one then refuses all"
                + " tokens. So switch it on when all are updated.")
        @Default("false")
        boolean disclosureKeys)
    implements KeyProgramConfiguration {

  public RegistrarConfiguration {
    signers = List.copyOf(signers);
    if (secondPerson.required() && process.adminUsers().size() < 2) {
      throw new IllegalArgumentException(
          "second-person is for a registrar with two or more users in admin-users,"
              + " because operators cannot confirm their own commands");
    }
    SignerEntry.check(
        signers, List.of(process.serviceSocket(), process.adminSocket()), process.serviceUsers());
    root.ifPresent(RegistrarConfiguration::pin);
  }

  private static RootPin pin(String text) {
    try {
      return RootPin.parse(text);
    } catch (FormatException e) {
      throw new IllegalArgumentException("root: " + e.getMessage(), e);
    }
  }

  /** The version of the root that counts; empty until it was told. */
  public Optional<RootPin> rootPin() {
    return root.map(RegistrarConfiguration::pin);
  }

  @Override
  public String part() {
    return "registrar";
  }

  @Override
  public Reach reach() {
    return process.reach(List.of(), signers.stream().map(SignerEntry::socket).toList());
  }

  @Override
  public PeerUsers users() throws IOException {
    Map<String, UnixUsers> ofSigners = new LinkedHashMap<>();
    for (SignerEntry signer : signers) {
      ofSigners.put(signer.name(), UnixUsers.orSelf(signer.users()));
    }
    PeerUsers users = process.users(ofSigners);
    if (secondPerson.required() && users.admin().count() < 2) {
      throw new IllegalArgumentException(
          "admin-users: " + users.admin() + " is only one user, but second-person needs two");
    }
    checkApart(users);
    return users;
  }

  /** By their numbers, as {@link SignerEntry#check} does with names: one user may have several. */
  private void checkApart(PeerUsers users) {
    List<UnixUsers> before = new ArrayList<>();
    if (!process.serviceUsers().isEmpty()) {
      before.add(users.service());
    }
    for (SignerEntry signer : signers) {
      UnixUsers own = users.ofSigner(signer.name());
      if (!signer.users().isEmpty()) {
        if (before.stream().anyMatch(own::hasAnyOf)) {
          throw new IllegalArgumentException(
              "signers: a user of "
                  + signer.name()
                  + " ("
                  + own
                  + ") is also a user of another signer or of service-users, under another name");
        }
        before.add(own);
      }
    }
  }
}
