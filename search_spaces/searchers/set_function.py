"""SetFunction: a weighted sum of kernel values, plus a random one - the posterior mean, or a draw from the posterior.

Draws follow Wilson et al. (2020), "Efficiently sampling functions from Gaussian process posteriors" (ICML), equation 8:
a draw from the prior, by random Fourier features, plus the correction that makes it agree with the observations. Each
part of the set kernel is exp(-rate * squared distance of embeddings), so that its features are cosines of random
projections of the embedding (Rahimi, Recht 2007).

Both the kernel values and the features of a set after an exchange factor into one part for who leaves and one for who
enters. So all k (n - k) exchanges are two small matrix products; this is what makes a proposal take milliseconds.
"""

import numpy as np

from search_spaces.objectives.base import Floats, Ints
from search_spaces.searchers.gaussian_process import MEAN_VARIANCE, NEGLIGIBLE, SetPosterior

N_FEATURES = 256
"""A part of the kernel."""


class SetFunction:
    """f(S) = constant + random features + sum over known sets t of coefficients[t] * k(S, t), in standardised units.

    Args:
        posterior: whose kernel and known sets these are.
        generator: decides the draw; None = the posterior mean.
    """

    def __init__(self, posterior: SetPosterior, generator: np.random.Generator | None = None) -> None:
        self.posterior, self.kernel = posterior, posterior.kernel
        self._constant = 0.0
        self._features: dict[int, tuple[Floats, Floats, Floats]] = {}
        self._waves: dict[tuple[int, int], tuple[Floats, Floats, Floats]] = {}
        weights = posterior.weights.weights
        self._ways = [c for c, weight in enumerate(weights) if weight >= NEGLIGIBLE]
        self._flat = MEAN_VARIANCE + float(weights[weights < NEGLIGIBLE].sum())  # as in the posterior's own kernel
        if generator is None:
            self._coefficients = posterior.inverse @ posterior.targets
            return
        self._constant = float(np.sqrt(MEAN_VARIANCE)) * generator.standard_normal()
        for c in self._ways:
            width = np.sqrt(2.0 * posterior.weights.rates[c] / self.kernel.scales[c])
            projections = width * self.kernel.random_directions(c, N_FEATURES, generator)
            phases = generator.uniform(0.0, 2.0 * np.pi, N_FEATURES)
            amplitude = np.sqrt(2.0 * posterior.weights.weights[c] / N_FEATURES)
            self._features[c] = projections, phases, amplitude * generator.standard_normal(N_FEATURES)
        noise = posterior.drawn_noise(generator)
        self._coefficients = posterior.inverse @ (posterior.targets - self._drawn(posterior.rows) - noise)

    def values(self, rows_BN: Floats) -> Floats:
        """The values [B] of sets given as 0/1 rows [B, n], in units of the score."""
        total = self._drawn(rows_BN) + self.posterior.covariance(rows_BN) @ self._coefficients
        return self._in_scores(total)

    def exchanges(self, members: Ints) -> Floats:
        """[K, n]: the values after exchanging each member for each candidate; of no meaning for members."""
        total = np.full((len(members), self.kernel.n), self._constant + self._flat * self._coefficients.sum())
        for c in self._ways:
            if self.kernel.has_size and c == len(self.kernel.names) - 1:
                total += self._of_size(c, len(members))
            else:
                total += self._sums_after_exchanges(c, members)
                if c in self._features:
                    total += self._features_after_exchanges(c, members)
        return self._in_scores(total)

    def _sums_after_exchanges(self, c: int, members: Ints) -> Floats:
        """[K, n]: sum over t of coefficients[t] * weight * exp(-rate * D) for way c."""
        weights, known, similarity = self.posterior.weights, self.posterior.embedded, self.kernel.similarity[c]
        rate = weights.rates[c] / self.kernel.scales[c]
        share, size = self._share(c, len(members)), len(members)
        products = known.products[c]  # [n, U]: of each candidate with each known set
        usual = products.mean(axis=0)  # taken out of both factors: they would over- and underflow
        staying = (products[members] - usual).sum(axis=0) - (products[members] - usual)
        leaves = np.exp(2 * rate * share * staying)
        enters = np.exp(2 * rate * share * (products - usual))
        centre = float(similarity.mean()) if c else 1.0
        of_known = np.exp(-rate * (known.squares[c] - 2 * share * size * usual + centre))
        within = similarity[:, members].sum(axis=1)
        diagonal = np.diagonal(similarity)
        lengths = similarity[np.ix_(members, members)].sum() - 2 * within[members] + diagonal[members]
        lengths = lengths[:, None] + (2 * within + diagonal)[None, :] - 2 * similarity[members]
        # with overlap the squared length is 1 after every exchange (the formula says so too, outsiders given)
        of_set = np.exp(-rate * (share**2 * lengths - centre))
        sums = (leaves * (self._coefficients * of_known)) @ enters.T
        result: Floats = weights.weights[c] * of_set * sums
        return result

    def _features_after_exchanges(self, c: int, members: Ints) -> Floats:
        """[K, n]: the prior draw of way c; cos(a + b) = cos a cos b - sin a sin b."""
        _, phases, factors = self._features[c]
        scaled, cosines, sines = self._waves_of(c, len(members))
        staying = scaled[members].sum(axis=0) - scaled[members] + phases
        result: Floats = (np.cos(staying) * factors) @ cosines.T - (np.sin(staying) * factors) @ sines.T
        return result

    def _waves_of(self, c: int, size: int) -> tuple[Floats, Floats, Floats]:
        """[n, M] what each candidate adds to the projections in sets of a size, its cosines and sines: once a size."""
        if (c, size) not in self._waves:
            scaled = self._features[c][0] * self._share(c, size)
            self._waves[c, size] = scaled, np.cos(scaled), np.sin(scaled)
        return self._waves[c, size]

    def _of_size(self, c: int, size: int) -> float:
        """The part of way c, the size, for all sets of a size."""
        row = np.zeros((1, self.kernel.n))
        row[0, :size] = 1.0
        distance = self.kernel.distances(row, self.posterior.rows, self.posterior.embedded)[c, 0]
        weights = self.posterior.weights
        total = float(self._coefficients @ np.exp(-weights.rates[c] * distance)) * weights.weights[c]
        return total + float(self._drawn_by_way(c, self.kernel.embeddings(row)[c])[0])

    @staticmethod
    def _share(c: int, size: int) -> float:
        """What a member's 1 becomes in the rows of a way."""
        return size**-0.5 if c == 0 else 1.0 / size

    def _drawn(self, rows_BN: Floats) -> Floats:
        values = np.full(len(rows_BN), self._constant)
        embeddings = self.kernel.embeddings(rows_BN)
        for c in self._features:
            values += self._drawn_by_way(c, embeddings[c])
        return values

    def _drawn_by_way(self, c: int, embedded: Floats) -> Floats:
        if c not in self._features:
            return np.zeros(len(embedded))
        projections, phases, factors = self._features[c]
        drawn: Floats = np.cos(embedded @ projections + phases) @ factors
        return drawn

    def _in_scores(self, total: Floats) -> Floats:
        return total * self.posterior.weights.scale + self.posterior.weights.shift
