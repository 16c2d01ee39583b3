"""What the symbols of the equations mean, for the card on which they stand."""

from __future__ import annotations

import re

# as written in LaTeX, as written in plain words, meaning; the index S or L, one year or three, is left out
_SYMBOLS = (
    (r"\\Delta s_\{acc", "Δs_acc", "share of chips that Nvidia loses"),
    (r"\\Delta s_\{o,", "Δs_o", "share of volume that closed sellers lose to open ones"),
    (r"\\Delta s_\{syn", "Δs_syn", "share of labelling that machines replace"),
    (r"\\Delta_\{loc\}", "Δ_loc", "use opened by weights on hospitals’ own machines"),
    (r"\\Delta t_I", "Δt_I", "years by which o1 was ahead"),
    (r"\\Delta lag", "Δlag", "months by which open models came nearer"),
    (r"\\Pi", "Π", "a seller’s gross profit over that without R1, by how far prices (φ), use (ε) and own costs (κ) follow the gain"),
    (r"\\bar k_\{T", "k̄_T", "gain in training over all training"),
    (r"\\bar k_x", "k̄_x", "gain over all academic use"),
    (r"\\bar k", "k̄", "gain over all use, that which takes up the cheaper methods and that which does not"),
    (r"(?<![a-z\\])X\b", "X", "computing with R1 over that without"),
    (r"(?<![a-z\\])X_", "X", "computing with R1 over that without"),
    (r"(?<![a-z\\])x_[SL]", "x", "computing for answers with R1 over that without"),
    (r"(?<![a-z\\])K", "K", "gain in the cost of answers of the same quality"),
    (r"(?<![a-z\\])k_T", "k_T", "gain in the cost of training beyond the trend"),
    (r"\\varphi_x", "φ_x", "share of the gain that reaches academic buyers"),
    (r"\\varphi_f", "φ_f", "how far prices at the frontier follow the gain"),
    (r"\\varphi_[SL]", "φ", "how far prices follow the gain"),
    (r"\\varepsilon_n", "ε_n", "how tokens a task follow their price"),
    (r"\\varepsilon_h", "ε_h", "how cases follow their cost"),
    (r"\\varepsilon_[SL]", "ε", "how use follows the price"),
    (r"\\kappa_[SL]", "κ", "how far own costs follow the gain"),
    (r"\\eta_[STL]", "η", "how training budgets follow the gain"),
    (r"\\rho_v", "ρ_v", "value kept a unit of open revenue, with R1 over without"),
    (r"\\rho", "ρ", "demand for computing over what can be used of it"),
    (r"(?<![a-z_\\])R\b(?! =)", "R", "orders with R1 over those without"),
    (r"\\theta_[SL]", "θ", "share of a cloud’s profit on AI that comes from resold models"),
    (r"\^\{\\theta\}", "θ", "share of China’s growing use that takes computing from research"),
    (r"(?<![a-z\\])w_e", "w_e", "expert share of labelling"),
    (r"(?<![a-z\\])w_[SL]", "w", "share of computing used for training"),
    (r"g_\{h", "g_h", "further computing rented for open models"),
    (r"g_F", "g_F", "yearly growth of the cost of the best models"),
    (r"g_\{open\}", "g_open", "years gained by wider participation"),
    (r"\\omega_f", "ω_f", "share of volume that needs the best models"),
    (r"\\omega_s", "ω_s", "how the speed of change follows the gain"),
    (r"\\omega\b(?!_)", "ω", "weight of the price in the pace of research"),
    (r"\\zeta", "ζ", "how research budgets follow lost profit"),
    (r"r_I", "r_I", "yearly fall of the price of a quality"),
    (r"r_\{alg\}", "r_alg", "yearly progress of training methods"),
    (r"r_E", "r_E", "yearly growth of effective computing at the frontier"),
    (r"r_\{0o\}", "r_0o", "closed price over open price before"),
    (r"(?<![a-z\\])s_[1r]", "s_r, s_1", "open share before and after"),
    (r"b_1", "b_1, b_2", "how that share follows price and lag"),
    (r"\\mu_c", "μ_c", "part of the gap in price that closed sellers match"),
    (r"c_\{comp\}", "c", "shares of computing, data and staff in the cost of a model"),
    (r"d_\{syn\}", "d_syn", "data saved by learning from open models"),
    (r"\\varsigma", "ς", "part of the saving that the vendor keeps"),
    (r"c_\{inf\}", "c_inf", "share of tokens in a coding tool’s revenue"),
    (r"(?<![a-z\\])p_[SL]", "p", "price with R1 over that without"),
    (r"a_x", "a_x", "share of computing in a study’s budget"),
    (r"(?<![a-z])a'", "a′", "share of academic use that open weights can serve"),
    (r"a_\{AI\}", "a_AI", "share of AI in firms’ spending"),
    (r"\\nu_k", "ν_k", "part of the saving kept after competition"),
    (r"T_\{CN\}", "T_CN", "computing left for training in China, with R1 over without"),
    (r"\\gamma", "γ", "yearly lead in growth of computing in the US"),
    (r"\\sigma_\{US\}|\\sigma_\{CN\}|\\sigma_R", "σ_US, σ_CN, σ_R", "shares of the US, China and the rest in computing"),
    (r"u_\{AI\}", "u_AI", "further sales of AI that vendors can reach"),
    (r"E_s", "E_s", "share of software revenue at risk"),
    (r"\\lambda_[u0]", "λ_u, λ_0", "speeds of those sales and of the loss without R1"),
    (r"(?<![a-z\\])m_j", "m_j", "prices paid after over before"),
    (r"row_c|row_j", "row_c, row_e", "revenue from simple and from expert labelling, after over before"),
    (r"e_t", "e_t, s_c", "share of costs that AI can touch, and saving a task"),
    (r"A_0", "A, ν", "shares of firms that use AI and of tasks that pay, A_0 and ν_0 without R1"),
    (r"a_[euh]", "a", "share of tokens in the full cost of a use"),
    (r"\\beta", "β", "how adoption follows that cost"),
    (r"\\alpha", "α", "how fast uses thin out above a cost"),
    (r"c_u", "c_u", "cost of such a use with R1 over that without"),
    (r"c_1/c_0", "c_1/c_0", "cost of a case with R1 over that without"),
    (r"\\pi_h", "π_h", "yearly growth of a case’s other costs"),
    (r"D_t|S_t\b", "D, S", "demand for computing and its supply"),
    (r"I_\{", "I_…", "the effect on the call that the index names"),
    (r"\\delta", "δ", "the size that would matter"),
    (r"\[\\,\\cdot\\,\]", "[ · ]", "the same bracket as in the effect"),
    (r"t_[SL]", "t", "one year or three"),
)  # fmt: skip
OTHERS = "B: all other causes, drawn from a normal distribution with spread σ"


def explained(*equations: str, others: bool = False) -> str:
    r"""Return what the symbols of equations mean, in one sentence; `others` adds the background of the era.

    >>> explained(r"I = 100\,(\bar k_{T,S}^{\eta_S} - 1)")
    'In the equation, k̄_T: gain in training over all training; η: how training budgets follow the gain.'
    """
    found: dict[str, str] = {}
    text = " ".join(equations)
    for pattern, plain, words in _SYMBOLS:
        text, count = re.subn(pattern, " ", text)
        if count:
            found.setdefault(plain, words)
    told = [f"{plain}: {words}" for plain, words in found.items()] + ([OTHERS] if others else [])
    if not told:
        return ""
    several = sum(bool(equation) for equation in equations) + others > 1
    return f"In the {'equations' if several else 'equation'}, {'; '.join(told)}."
