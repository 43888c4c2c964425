-- What each figure is called.
select figure, label_en as en, label_fr as fr, label_es as es, label_nl as nl
from marts.dim_figures
