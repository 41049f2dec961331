"""Wakalah bil Ujrah for umrah: a pilgrim has an agency act for them, for a known fee.

What must be in it follows the fatwas DSN-MUI 10/2000 and 113/2017; the sentences are ours. It is
no legal advice: a lawyer and a sharia supervisor have to read it before it is used, and until
both are recorded every page says so.
"""

from __future__ import annotations

from core.domain.agreements.akad.template import Clause, Form, Template

NAME = "wakalah-bil-ujrah-umrah"

FORM = Form(
    name=NAME,
    layout="akad",
    roles=("muwakkil", "wakil"),
    clauses={
        "parties": frozenset(
            {"wakil_name", "wakil_licence", "wakil_representative"}
            | {"muwakkil_name", "muwakkil_identity", "table:pilgrims"}
        ),
        "sighat": frozenset({"muwakkil_name", "wakil_name"}),
        "object": frozenset({"departs", "returns", "table:stays"}),
        "ujrah": frozenset({"ujrah", "ujrah_words"}),
        "funds": frozenset({"entrusted", "escrow_bank", "escrow_account", "table:costs"}),
        "payment": frozenset({"total", "total_words", "table:plan"}),
        "duties": frozenset(),
        "delegation": frozenset(),
        "liability": frozenset(),
        "binding": frozenset({"table:refunds"}),
        "visa_refused": frozenset(),
        "force_majeure": frozenset(),
        "personal_data": frozenset(),
        "disputes": frozenset({"court"}),
        "closing": frozenset(),
    },
    known=frozenset(
        {"place", "on", "weekday", "departs", "returns", "pilgrims", "guardian"}
        | {"wakil_name", "wakil_licence", "wakil_representative", "wakil_position"}
        | {"wakil_address", "muwakkil_name", "muwakkil_identity", "muwakkil_address"}
        | {"ujrah", "ujrah_words", "entrusted", "total", "total_words"}
        | {"escrow_bank", "escrow_account", "court"}
        | {"table:pilgrims", "table:stays", "table:costs", "table:plan", "table:refunds"}
    ),
)

_CLAUSES = (
    Clause(
        "parties",
        "Para Pihak",
        """
        Pada hari {weekday}, {on}, di {place}, akad ini dibuat oleh dan antara dua pihak berikut.

        Pihak Pertama: {muwakkil_name}, nomor identitas {muwakkil_identity}, beralamat di
        {muwakkil_address}{guardian}, yang berhak penuh atas urusan dan dana yang dikuasakannya,
        selanjutnya disebut Muwakkil (الموكِّل).

        Pihak Kedua: {wakil_name}, Penyelenggara Perjalanan Ibadah Umrah dengan izin nomor
        {wakil_licence}, beralamat di {wakil_address}, diwakili oleh {wakil_representative}
        selaku {wakil_position}, yang menyatakan cakap, mampu, dan amanah melaksanakan kuasa ini,
        selanjutnya disebut Wakil (الوكيل).

        Akad ini berlaku untuk {pilgrims} orang jamaah:

        {table:pilgrims}
        """,
        "أطراف العقد",
    ),
    Clause(
        "sighat",
        "Ijab dan Qabul",
        """
        Ijab: {muwakkil_name} menyerahkan kuasa kepada {wakil_name} untuk mengurus perjalanan
        umrah sebagaimana diatur dalam akad ini, dengan imbalan (ujrah) yang diketahui.

        Qabul: {wakil_name} menerima kuasa tersebut dengan imbalan yang disebutkan.

        Ijab dan qabul dinyatakan dengan sadar dan tanpa paksaan, dan menjadi sah dengan tanda
        tangan kedua pihak, baik di atas kertas maupun secara elektronik.
        """,
        "الإيجاب والقبول",
    ),
    Clause(
        "object",
        "Objek Kuasa",
        """
        Muwakkil menguasakan kepada Wakil (الموكَّل فيه) pengurusan perjalanan umrah dengan
        keberangkatan {departs} dan kepulangan {returns}, yaitu: visa umrah, tiket pesawat pergi
        dan pulang, akomodasi, transportasi darat, pembimbing ibadah, asuransi perjalanan, serta
        pendaftaran dan pelaporan jamaah kepada pemerintah.

        Setiap tindakan yang dikuasakan bersifat jelas, dapat dilaksanakan, dan tidak
        bertentangan dengan syariah. Akomodasi yang telah dipesan:

        {table:stays}
        """,
        "محل الوكالة",
    ),
    Clause(
        "ujrah",
        "Ujrah",
        """
        Atas pelaksanaan kuasa ini Wakil berhak menerima ujrah (الأجرة) sebesar {ujrah}
        ({ujrah_words}).

        Ujrah adalah hak Wakil, terpisah dari dana yang dititipkan, tetap jumlahnya, dan menjadi
        hak Wakil seluruhnya setelah jamaah diberangkatkan. Sebelum itu Wakil hanya berhak atas
        bagian yang sepadan dengan pekerjaan yang telah dilakukan dan dapat dibuktikan.
        """,
        "الأجرة",
    ),
    Clause(
        "funds",
        "Dana Titipan",
        """
        Dana yang dititipkan Muwakkil sebesar {entrusted} adalah amanah (أمانة) di tangan Wakil,
        disimpan pada rekening penampungan {escrow_bank} nomor {escrow_account}, dan hanya
        dipakai untuk keperluan berikut:

        {table:costs}

        Wakil mencatat penggunaan dana dan menyampaikan pertanggungjawabannya kepada Muwakkil.
        Kelebihan dana dikembalikan kepada Muwakkil; kekurangan hanya dapat dibebankan kepada
        Muwakkil setelah ia menyetujuinya secara tertulis.
        """,
        "أموال الموكِّل",
    ),
    Clause(
        "payment",
        "Pembayaran",
        """
        Jumlah seluruhnya yang dibayarkan Muwakkil, yakni dana titipan dan ujrah, adalah {total}
        ({total_words}), dibayar sebagai berikut:

        {table:plan}
        """,
        "السداد",
    ),
    Clause(
        "duties",
        "Kewajiban Wakil",
        """
        Wakil melaksanakan kuasa dengan cermat dan sesuai akad ini, memberi tahu Muwakkil setiap
        perkembangan yang penting, mendaftarkan dan melaporkan jamaah kepada pemerintah, dan
        memberangkatkan jamaah selambat-lambatnya enam bulan sejak pendaftaran.

        Muwakkil menyerahkan dokumen yang benar dan lengkap serta membayar pada waktunya.
        """,
        "واجبات الوكيل",
    ),
    Clause(
        "delegation",
        "Pelimpahan Kuasa",
        """
        Muwakkil menyetujui bahwa Wakil melimpahkan sebagian pelaksanaan kuasa (توكيل الغير)
        kepada maskapai, hotel, perusahaan angkutan, dan penyelenggara layanan di Arab Saudi.
        Wakil tetap bertanggung jawab atas pilihan dan pengawasannya.
        """,
        "توكيل الوكيل غيره",
    ),
    Clause(
        "liability",
        "Tanggung Jawab",
        """
        Wakil tidak menanggung kerugian, kecuali karena ta'addi (التعدي), yaitu melakukan yang
        tidak boleh dilakukan; taqshir (التقصير), yaitu tidak melakukan yang harus dilakukan;
        atau mukhalafat al-syuruth (مخالفة الشروط), yaitu melanggar ketentuan akad.
        """,
        "الضمان",
    ),
    Clause(
        "binding",
        "Sifat Mengikat dan Pembatalan",
        """
        Wakalah dengan imbalan ini mengikat kedua pihak (عقد لازم) dan tidak boleh dibatalkan
        secara sepihak. Akad berakhir lebih awal hanya dengan kesepakatan, atau menurut
        ketentuan pasal ini.

        Bila Muwakkil mengundurkan diri, dana titipan yang belum terpakai dikembalikan menurut
        jadwal berikut, sedangkan biaya yang telah dibayarkan kepada pihak lain dibuktikan
        dengan tanda terima:

        {table:refunds}

        Bila Wakil gagal memberangkatkan jamaah karena kesalahannya, seluruh dana titipan dan
        ujrah dikembalikan.
        """,
        "لزوم العقد والفسخ",
    ),
    Clause(
        "visa_refused",
        "Bila Visa Ditolak",
        """
        Bila visa ditolak bukan karena kesalahan Wakil, dana titipan yang belum terpakai
        dikembalikan, dan Wakil hanya berhak atas ujrah yang sepadan dengan pekerjaan yang telah
        dilakukan. Bila penolakan itu karena kesalahan Wakil, seluruhnya dikembalikan.
        """,
        "رفض التأشيرة",
    ),
    Clause(
        "force_majeure",
        "Keadaan Kahar",
        """
        Tidak ada pihak yang lalai bila terhalang oleh keadaan kahar (القوة القاهرة), seperti
        bencana, wabah, perang, atau keputusan pemerintah. Kedua pihak menjadwalkan kembali
        keberangkatan, atau mengakhiri akad dengan pengembalian dana yang belum terpakai.
        """,
        "القوة القاهرة",
    ),
    Clause(
        "personal_data",
        "Data Pribadi",
        """
        Muwakkil mengizinkan Wakil memakai data pribadi jamaah hanya untuk melaksanakan akad ini
        dan menyampaikannya kepada pihak yang memerlukannya untuk itu. Wakil menjaga
        kerahasiaannya dan menghapusnya bila tidak lagi diperlukan atau diwajibkan oleh hukum.
        """,
        "البيانات الشخصية",
    ),
    Clause(
        "disputes",
        "Penyelesaian Perselisihan",
        """
        Perselisihan diselesaikan dengan musyawarah. Bila tidak tercapai mufakat, perselisihan
        diselesaikan melalui Badan Arbitrase Syariah Nasional, atau oleh {court} menurut
        peraturan perundang-undangan.
        """,
        "تسوية النزاعات",
    ),
    Clause(
        "closing",
        "Penutup",
        """
        Akad ini berlaku sejak ditandatangani kedua pihak sampai seluruh kuasa selesai
        dilaksanakan dan dipertanggungjawabkan. Perubahan hanya sah secara tertulis dan
        ditandatangani kedua pihak.
        """,
        "خاتمة",
    ),
)

FIRST = Template(
    name=NAME,
    version=1,
    title="Akad Wakalah bil Ujrah Perjalanan Ibadah Umrah",
    arabic="عقد الوكالة بالأجرة لرحلة العمرة",
    clauses=_CLAUSES,
)
