package dev.counterfoil.signin;

import dev.counterfoil.signin.attempts.AttemptsElsewhere;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What sign-in needs of the process that it is part of.
 *
 * @param events where the audit log's events are kept
 * @param listener hears what ends
 * @param issued tokens in people's names; empty where nobody lists them
 * @param attempts where attempts are counted that others count
 * @param clientName what an application is called, by its id
 */
public record Beside(
    SignInEvents events,
    SignInListener listener,
    Optional<InTheirName> issued,
    AttemptsElsewhere attempts,
    UnaryOperator<String> clientName) {}
